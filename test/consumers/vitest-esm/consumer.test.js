import { BatchError, JobOperator } from 'chunkwise'
import { FlatFileItemReader } from 'chunkwise/file'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { ListItemReader } from 'chunkwise/testing'
import { expect, test } from 'vitest'

test('Vitest loads every subpath', () => {
  for (const value of [BatchError, JobOperator, FlatFileItemReader, PostgresJobRepository, ListItemReader]) {
    expect(typeof value).toBe('function')
  }
  expect(BatchError.prototype).toBeInstanceOf(Error)
})
