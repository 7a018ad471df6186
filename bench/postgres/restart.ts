import pg from 'pg'
import { chunkStep, job, JobOperator } from 'chunkwise'
import { PostgresBatchItemWriter, PostgresJobRepository, PostgresPagingItemReader } from 'chunkwise/postgres'
import { COLUMNS } from '../tables.js'

// Fails after a share of the rows, restarts, and prints the time from the restart to the first new chunk:
// node restart.js <share>
const share = Number(process.argv[2] ?? 0.99)
const pool = new pg.Pool({ connectionString: process.env['BENCH_URL'] ?? '', max: 10 })
const repository = new PostgresJobRepository({ pool })
await repository.initializeSchema()
const { rows } = await pool.query<{ count: string }>('SELECT count(*) AS count FROM source')
const failAt = Math.floor(Number(rows[0]?.count) * share)

let failing = true
let firstChunk: number | undefined
const step = chunkStep('copy', {
  chunkSize: 1000,
  reader: () =>
    new PostgresPagingItemReader<Record<string, unknown> & { readonly id: string }>({
      pool,
      select: COLUMNS.join(', '),
      from: 'source',
      sortKeys: { id: 'asc' },
    }),
  processor: (row) => {
    if (failing && Number(row.id) === failAt) throw new Error('as asked')
    return row
  },
  writer: new PostgresBatchItemWriter<Record<string, unknown>>({ pool, table: 'target', columns: [...COLUMNS] }),
  listeners: [{ afterChunk: () => void (firstChunk ??= performance.now()) }],
})
const copy = job('restarted', { parameters: { run: 'string' } })
  .start(step)
  .build()
const operator = new JobOperator({ repository, jobs: [copy] })
const run = `${process.pid} ${Date.now()}`
await operator.run(copy, { run })
failing = false
firstChunk = undefined
const started = performance.now()
const execution = await operator.run(copy, { run })
execution.throwIfUnsuccessful()
await operator.close()
await pool.end()
console.log(JSON.stringify({ seconds: ((firstChunk ?? NaN) - started) / 1000, items: 1 }))
