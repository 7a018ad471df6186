const { BatchError, JobOperator } = require('chunkwise')
const { compileJob } = require('chunkwise/decorators')
const { FlatFileItemReader } = require('chunkwise/file')
const { HttpClient } = require('chunkwise/http')
const { MysqlJobRepository } = require('chunkwise/mysql')
const { instrument } = require('chunkwise/opentelemetry')
const { PostgresJobRepository } = require('chunkwise/postgres')
const { ListItemReader } = require('chunkwise/testing')

test('Jest loads every subpath as CommonJS', () => {
  expect(require.resolve('chunkwise')).toMatch(/dist.cjs.index\.js$/)
  const jobs = [BatchError, JobOperator, MysqlJobRepository, PostgresJobRepository]
  for (const value of [...jobs, compileJob, FlatFileItemReader, HttpClient, instrument, ListItemReader]) {
    expect(typeof value).toBe('function')
  }
  expect(BatchError.prototype).toBeInstanceOf(Error)
})
