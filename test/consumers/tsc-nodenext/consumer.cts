import { BatchError, JobOperator } from 'chunkwise'
import { compileJob, Job, Tasklet } from 'chunkwise/decorators'
import { FlatFileItemReader } from 'chunkwise/file'
import { HttpClient } from 'chunkwise/http'
import { MysqlJobRepository } from 'chunkwise/mysql'
import { instrument } from 'chunkwise/opentelemetry'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { ListItemReader } from 'chunkwise/testing'

type IsAny<T> = 0 extends 1 & T ? true : false
type Loaded = [
  IsAny<BatchError>,
  IsAny<JobOperator>,
  IsAny<FlatFileItemReader>,
  IsAny<HttpClient>,
  IsAny<MysqlJobRepository>,
  IsAny<ReturnType<typeof instrument>>,
  IsAny<PostgresJobRepository>,
  IsAny<ListItemReader<number>>,
]

export const notAny: Loaded = [false, false, false, false, false, false, false, false]
export const codeOf = (error: unknown): string | undefined => (error instanceof BatchError ? error.code : undefined)

@Job({ name: 'aJob' })
class AJob {
  @Tasklet()
  run(): void {}
}

export const values = [
  compileJob(new AJob()),
  JobOperator,
  FlatFileItemReader,
  HttpClient,
  MysqlJobRepository,
  instrument,
  PostgresJobRepository,
  ListItemReader,
]
