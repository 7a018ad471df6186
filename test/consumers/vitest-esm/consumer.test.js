import { BatchError, JobOperator } from 'chunkwise'
import { compileJob } from 'chunkwise/decorators'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { ListItemReader } from 'chunkwise/testing'
import { expect, test } from 'vitest'

test('Vitest loads every subpath', () => {
  for (const value of [BatchError, JobOperator, compileJob, PostgresJobRepository, ListItemReader]) {
    expect(typeof value).toBe('function')
  }
  expect(BatchError.prototype).toBeInstanceOf(Error)
})
