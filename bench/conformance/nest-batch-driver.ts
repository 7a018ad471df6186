// The counterpart of chunkwise-driver.ts. Compiled in the project that sides.ts installs, against the types
// of the packages: they are not among those of this repository.
import 'reflect-metadata'
import { MikroOrmModule } from '@mikro-orm/nestjs'
import { EntityManager, MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql'
import {
  Batch,
  DatabaseCursorItemReader,
  defaultRange,
  InProcessAdapter,
  type JobExecution,
  JobExplorer,
  JobLauncher,
  JobOperator,
  JobRepository,
  JobStatus,
  NestBatchModule,
  StepStatus,
} from '@nest-batch/core'
import { BATCH_META_ENTITIES, MikroOrmAdapter } from '@nest-batch/mikro-orm'
import { type INestApplicationContext, Inject, Injectable, Module, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { OpenEngine, Run } from './engine.js'
import { CHUNK_SIZE, type Pause, type Work } from './work.js'

interface Row {
  readonly id: number
}

/** How many rows `source` has where a behaviour asks for partitions. */
const ROWS = 100

/**
 * `@nest-batch/core` as its README and that of `@nest-batch/mikro-orm` have it: a decorated class among the providers, the
 * adapter for PostgreSQL through MikroORM, which has a real transaction, and the transport in process.
 */
export const openEngine: OpenEngine = async (work, databaseUrl, pause) => {
  const heard: number[] = []
  const application = await startApplication(jobClass(work, pause, heard), databaseUrl)
  const launcher = application.get(JobLauncher)
  const explorer = application.get(JobExplorer)
  const operator = application.get(JobOperator)
  const run = async ({ id }: Pick<JobExecution, 'id'>): Promise<Run> => toRun(explorer, id)
  const restart = async (id: string): Promise<Run> => run((await operator.restart(id)).jobExecution)
  return {
    launch: async () => run(await launcher.launch('copies', { day: '2026-01-31' })),
    restart,
    stop: async (id) => void (await operator.stop(id)),
    executions: async () => Promise.all((await explorer.listJobExecutions()).toReversed().map(run)),
    heard: () => heard,
    remedies: {
      async '`stop` and `restart`'(id) {
        await operator.stop(id)
        return restart(id)
      },
      // Its architecture leaves this to "the host's recovery path": what such a path can do with the public repository.
      async 'step and execution marked FAILED, `restart`'(id) {
        const repository = application.get(JobRepository)
        const { stepExecutions } = await explorer.getJobExecutionDetails(id)
        for (const step of stepExecutions)
          if (step.status === StepStatus.STARTING)
            await repository.updateStepExecution(step.id, { status: StepStatus.FAILED })
        await repository.updateJobExecution(id, { status: JobStatus.FAILED })
        return restart(id)
      },
    },
  }
}

async function startApplication(job: Type, clientUrl: string): Promise<INestApplicationContext> {
  @Module({
    imports: [
      MikroOrmModule.forRoot({ entities: [...BATCH_META_ENTITIES], driver: PostgreSqlDriver, clientUrl }),
      NestBatchModule.forRoot({
        adapters: { persistence: MikroOrmAdapter.forRoot(), transport: InProcessAdapter.forRoot() },
      }),
    ],
    providers: [job],
  })
  class AppModule {}

  const application = await NestFactory.createApplicationContext(AppModule, { logger: ['fatal'] })
  // In place of the application's migrations. A second process finds the tables.
  await application.get(MikroORM).schema.updateSchema({ safe: true, dropTables: false })
  return application
}

function jobClass(work: Work, pause: Pause, heard: number[]): Type {
  const { process = (id: number) => id, written, report } = work

  @Injectable()
  @Batch.Jobable({ id: 'copies', restartable: true })
  class CopiesJob {
    constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

    @Batch.Stepable({ id: 'copy', chunkSize: CHUNK_SIZE, ...policies(work) })
    copy(): void {}

    @Batch.ItemReader({ factory: true })
    reader(): DatabaseCursorItemReader<Row> {
      return sourceReader(this.em)
    }

    @Batch.ItemProcessor()
    async process({ id }: Row): Promise<Row | null> {
      const made = await process(id, pause)
      return made === null ? null : { id: made }
    }

    @Batch.ItemWriter()
    async write(rows: Row[]): Promise<void> {
      const ids = rows.map(({ id }) => id)
      await this.em.execute(`insert into target (id) values ${ids.map(() => '(?)').join(', ')}`, ids)
      written?.(ids)
    }

    @Batch.AfterChunk()
    afterChunk(_context: unknown, { readCount }: { readonly readCount: number }): void {
      heard.push(readCount)
    }

    @Batch.Stepable({ id: 'report' })
    @Batch.Tasklet()
    async report(): Promise<void> {
      report?.()
    }

    @Batch.OnTransition({ fromStep: 'copy', onStatus: 'COMPLETED', toStep: 'report' })
    onCopied(): void {}
  }
  return CopiesJob
}

function policies({ skip, retry, partitions }: Work): Partial<Parameters<typeof Batch.Stepable>[0]> {
  return {
    ...(skip && { skipPolicy: { limit: skip.limit, skippable: [skip.on] } }),
    // Its limit is that of the attempts behind the first.
    ...(retry && {
      retryPolicy: {
        limit: retry.attempts - 1,
        retryable: [(error: unknown) => retry.on(error)],
        backoff: { type: 'none' },
      },
    }),
    ...(partitions && { partitions: { count: partitions, range: (i, n) => defaultRange(i, n, ROWS) } }),
  }
}

function sourceReader(em: EntityManager): DatabaseCursorItemReader<Row> {
  return new DatabaseCursorItemReader<Row>({
    pageSize: CHUNK_SIZE,
    initialCursor: 0,
    fetchAfter: (id, limit) => em.execute<Row[]>('select id from source where id > ? order by id limit ?', [id, limit]),
    getCursor: ({ id }) => id,
  })
}

async function toRun(explorer: JobExplorer, id: string): Promise<Run> {
  const { jobExecution, stepExecutions } = await explorer.getJobExecutionDetails(id)
  const steps = stepExecutions.map(({ stepName: name, status, readCount, writeCount, skipCount }) => ({
    name,
    status,
    read: readCount,
    written: writeCount,
    skipped: skipCount,
  }))
  return { id, status: jobExecution.status, steps }
}
