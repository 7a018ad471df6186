const { BatchError, JobOperator } = require('chunkwise')
const { FlatFileItemReader } = require('chunkwise/file')
const { PostgresJobRepository } = require('chunkwise/postgres')
const { ListItemReader } = require('chunkwise/testing')

test('Jest loads every subpath as CommonJS', () => {
  expect(require.resolve('chunkwise')).toMatch(/dist.cjs.index\.js$/)
  for (const value of [BatchError, JobOperator, FlatFileItemReader, PostgresJobRepository, ListItemReader]) {
    expect(typeof value).toBe('function')
  }
  expect(BatchError.prototype).toBeInstanceOf(Error)
})
