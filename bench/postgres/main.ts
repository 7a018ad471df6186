import { spawn } from 'node:child_process'
import pg from 'pg'
import { chunkStep, job, JobOperator, PoolTaskExecutor, SqlError } from 'chunkwise'
import {
  PostgresBatchItemWriter,
  PostgresCopyItemWriter,
  PostgresJobRepository,
  PostgresPagingItemReader,
} from 'chunkwise/postgres'
import { copyByHand, copySideBySide } from './hand-written.js'
import { COLUMNS } from './tables.js'

interface SourceRow {
  readonly id: string
  readonly name: string
  readonly created: Date
  readonly score: number
  readonly email: string | null
  readonly note: string | null
}

// Copies source to target in this process and prints what it took: node main.js <case> <chunk> <concurrency>
const [name = '', chunk = '1000', concurrency = '1'] = process.argv.slice(2)
const url = process.env['BENCH_URL'] ?? ''

interface CopyOptions {
  readonly writer?: 'batch' | 'copy'
  readonly commitOrder?: 'read' | 'any'
  readonly skip?: boolean
}

async function chunkwise({
  writer: writerName = 'batch',
  commitOrder = 'read',
  skip = false,
}: CopyOptions): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: 40 })
  const repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
  const columns = [...COLUMNS]
  const writer =
    writerName === 'batch'
      ? new PostgresBatchItemWriter<SourceRow>({ pool, table: 'target', columns })
      : new PostgresCopyItemWriter<SourceRow>({ pool, table: 'target', columns })
  const side = Number(concurrency)
  const step = chunkStep('copy', {
    chunkSize: Number(chunk),
    reader: () =>
      new PostgresPagingItemReader<SourceRow>({
        pool,
        select: COLUMNS.join(', '),
        from: 'source',
        sortKeys: { id: 'asc' },
      }),
    processor: (row) => row,
    writer,
    commitOrder,
    ...(skip ? { skip: { limit: 1_000_000, on: [SqlError] } } : {}),
    ...(side === 1 ? {} : { taskExecutor: new PoolTaskExecutor({ corePoolSize: side }) }),
  })
  const copy = job('copy', { parameters: { run: 'string' } })
    .start(step)
    .build()
  const operator = new JobOperator({ repository, jobs: [copy] })
  const execution = await operator.run(copy, { run: `${process.pid} ${Date.now()}` })
  execution.throwIfUnsuccessful()
  await operator.close()
  await pool.end()
  const { write = 0, writeSkip = 0 } = execution.stepExecutions[0]?.counts ?? {}
  return write + writeSkip
}

/** The limit: the server's own COPY out and in, through a pipe. */
async function copyPipe(): Promise<number> {
  const columns = COLUMNS.join(', ')
  const out = spawn('psql', [url, '-qAtc', `COPY (SELECT ${columns} FROM source ORDER BY id) TO STDOUT`])
  const into = spawn('psql', [url, '-c', `COPY target (${columns}) FROM STDIN`])
  out.stdout.pipe(into.stdin)
  let answer = ''
  for await (const part of into.stdout) answer += String(part)
  return Number(/COPY (\d+)/.exec(answer)?.[1] ?? 0)
}

const cases: Readonly<Record<string, () => Promise<number>>> = {
  'chunkwise, batch writer': () => chunkwise({}),
  'chunkwise, COPY writer': () => chunkwise({ writer: 'copy' }),
  'chunkwise, any order': () => chunkwise({ commitOrder: 'any' }),
  'chunkwise, any order, COPY writer': () => chunkwise({ commitOrder: 'any', writer: 'copy' }),
  'chunkwise, skipping': () => chunkwise({ skip: true }),
  'hand-written loop, concurrent': () => copySideBySide(url, Number(chunk), Number(concurrency)),
  'hand-written loop': () => copyByHand(url, Number(chunk), false),
  'hand-written loop, raw text': () => copyByHand(url, Number(chunk), true),
  'COPY pipe': copyPipe,
}

const run = cases[name]
if (run === undefined) throw new Error(`no case ${name}: ${Object.keys(cases).join('; ')}`)
const started = performance.now()
const cpuBefore = process.cpuUsage()
const items = await run()
const { user, system } = process.cpuUsage(cpuBefore)
console.log(
  JSON.stringify({ seconds: (performance.now() - started) / 1000, items, cpuPerItem: (user + system) / items }),
)
