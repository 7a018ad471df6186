import { BatchError, JobOperator } from 'chunkwise'
import { compileJob } from 'chunkwise/decorators'
import { FlatFileItemReader } from 'chunkwise/file'
import { HttpClient } from 'chunkwise/http'
import { MysqlJobRepository } from 'chunkwise/mysql'
import { instrument } from 'chunkwise/opentelemetry'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { ListItemReader } from 'chunkwise/testing'
import { expect, test } from 'vitest'

test('Vitest loads every subpath', () => {
  const jobs = [BatchError, JobOperator, MysqlJobRepository, PostgresJobRepository]
  for (const value of [...jobs, compileJob, FlatFileItemReader, HttpClient, instrument, ListItemReader]) {
    expect(typeof value).toBe('function')
  }
  expect(BatchError.prototype).toBeInstanceOf(Error)
})
