import {
  type AnyParameters,
  chunkStep,
  type ItemReader,
  type ItemWriter,
  job,
  JobOperator,
  type JobRepository,
  PoolTaskExecutor,
  SqlError,
} from 'chunkwise'

/** A row of the source table, with values of its types. */
export interface SourceRow {
  readonly id: string | number
  readonly name: string
  readonly created: Date
  readonly score: number
  readonly email: string | null
  readonly note: string | null
}

/** What one case of the copy is made of. */
export interface CopyJob {
  readonly repository: JobRepository
  readonly reader: () => ItemReader<SourceRow>
  readonly writer: ItemWriter<SourceRow>
  readonly chunkSize: number
  readonly concurrency: number
  readonly commitOrder?: 'read' | 'any'
  readonly skip?: boolean
}

/** Copies source to target by a job; resolves with the number of rows that were written or skipped. */
export async function runCopyJob(copy: CopyJob): Promise<number> {
  const { repository, reader, writer, chunkSize, concurrency, commitOrder = 'read', skip = false } = copy
  const step = chunkStep('copy', {
    chunkSize,
    reader,
    processor: (row: SourceRow) => row,
    writer,
    commitOrder,
    ...(skip ? { skip: { limit: 1_000_000, on: [SqlError] } } : {}),
    ...(concurrency === 1 ? {} : { taskExecutor: new PoolTaskExecutor({ corePoolSize: concurrency }) }),
  })
  const copyJob = job('copy', { parameters: { run: 'string' } })
    .start(step)
    .build()
  const operator = new JobOperator({ repository, jobs: [copyJob] })
  const parameters: AnyParameters = { run: `${process.pid} ${Date.now()}` }
  const execution = await operator.run(copyJob, parameters as { run: string })
  execution.throwIfUnsuccessful()
  await operator.close()
  const { write = 0, writeSkip = 0 } = execution.stepExecutions[0]?.counts ?? {}
  return write + writeSkip
}

/** Runs the case that the command line names and prints what it took: node main.js <case> <chunk> <concurrency> */
export async function measureCase(
  cases: Readonly<Record<string, (chunkSize: number, concurrency: number) => Promise<number>>>,
): Promise<void> {
  const [name = '', chunk = '1000', concurrency = '1'] = process.argv.slice(2)
  const run = cases[name]
  if (run === undefined) throw new Error(`no case ${name}: ${Object.keys(cases).join('; ')}`)
  const started = performance.now()
  const cpuBefore = process.cpuUsage()
  const items = await run(Number(chunk), Number(concurrency))
  const { user, system } = process.cpuUsage(cpuBefore)
  console.log(
    JSON.stringify({
      seconds: (performance.now() - started) / 1000,
      items,
      cpuPerItem: (user + system) / items,
      user: user / items,
      system: system / items,
    }),
  )
}
