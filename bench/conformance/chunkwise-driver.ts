import {
  type ChunkStepListener,
  chunkStep,
  type JobExecution,
  job,
  JobOperator,
  partitionStep,
  progressListener,
  type Step,
  type StepContext,
  taskletStep,
} from 'chunkwise'
import {
  partitionRange,
  PostgresBatchItemWriter,
  PostgresJobRepository,
  PostgresKeyRangePartitioner,
  PostgresPagingItemReader,
} from 'chunkwise/postgres'
import pg from 'pg'
import type { OpenEngine, Run } from './engine.js'
import { CHUNK_SIZE, type Pause, type Work } from './work.js'

interface Row {
  readonly id: number
}

/** Chunkwise as its README has it: a pool, a repository, an operator. */
export const openEngine: OpenEngine = async (work, databaseUrl, pause) => {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  pool.on('error', () => {})
  const repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
  const heard: number[] = []
  const copies = job('copies', {
    parameters: { day: 'string' },
    listeners: [progressListener(({ items }) => void heard.push(items), { every: 0 })],
  })
    .start(copyStep(work, pool, pause))
    .next(taskletStep('report', () => work.report?.()))
    .build()
  const operator = new JobOperator({ repository, jobs: [copies] })
  const day = { day: '2026-01-31' }
  return {
    launch: async () => toRun(await operator.run(copies, day)),
    restart: async (execution) => toRun(await (await operator.restart(Number(execution))).result),
    stop: async (execution) => void (await operator.stop(Number(execution))),
    async executions() {
      const [instance] = await operator.instances(copies.name)
      if (instance === undefined) return []
      return (await operator.executions(instance)).map(toRun).toReversed()
    },
    heard: () => heard,
    remedies: {},
  }
}

function copyStep(work: Work, pool: pg.Pool, pause: Pause): Step<Record<never, never>> {
  const { process = (id: number) => id, skip, retry, partitions } = work
  const source = { pool, from: 'source', sortKeys: { id: 'asc' } } as const
  const listener: ChunkStepListener<Row, Row> = { afterWrite: (rows) => work.written?.(rows.map(({ id }) => id)) }
  const copy = chunkStep(partitions === undefined ? 'copy' : 'copyPart', {
    chunkSize: CHUNK_SIZE,
    reader: (context: StepContext) =>
      new PostgresPagingItemReader<Row>({
        ...source,
        select: 'id',
        ...(partitions !== undefined && { range: partitionRange(context) }),
      }),
    processor: async ({ id }): Promise<Row | null> => {
      const made = await process(id, pause)
      return made === null ? null : { id: made }
    },
    writer: new PostgresBatchItemWriter<Row>({ pool, table: 'target', columns: ['id'] }),
    ...(skip && { skip: { limit: skip.limit, on: [skip.on] } }),
    ...(retry && { retry: { maxAttempts: retry.attempts, on: [retry.on] } }),
    listeners: [listener],
  })
  if (partitions === undefined) return copy
  const partitioner = new PostgresKeyRangePartitioner(source)
  return partitionStep('copy', { partitioner, step: copy, gridSize: partitions })
}

function toRun({ id, status, stepExecutions }: JobExecution): Run {
  const steps = stepExecutions.map(({ stepName: name, status, counts }) => ({
    name,
    status,
    read: counts.read,
    written: counts.write,
    filtered: counts.filter,
    skipped: counts.readSkip + counts.processSkip + counts.writeSkip,
  }))
  return { id: String(id), status, steps }
}
