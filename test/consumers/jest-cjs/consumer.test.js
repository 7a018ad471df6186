const { BatchError, JobOperator } = require('chunkwise')
const { HttpClient } = require('chunkwise/http')
const { PostgresJobRepository } = require('chunkwise/postgres')
const { ListItemReader } = require('chunkwise/testing')

test('Jest loads every subpath as CommonJS', () => {
  expect(require.resolve('chunkwise')).toMatch(/dist.cjs.index\.js$/)
  for (const value of [BatchError, JobOperator, HttpClient, PostgresJobRepository, ListItemReader]) {
    expect(typeof value).toBe('function')
  }
  expect(BatchError.prototype).toBeInstanceOf(Error)
})
