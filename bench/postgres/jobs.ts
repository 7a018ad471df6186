import pg from 'pg'
import { chunkStep, job, JobOperator } from 'chunkwise'
import { PostgresJobRepository } from 'chunkwise/postgres'

// Runs 300 jobs of one trivial step, one after another, and 300 durable commits of one row: the time of a job in units of
// such a commit.
const JOBS = 300
const pool = new pg.Pool({ connectionString: process.env['BENCH_URL'] ?? '', max: 5 })
const repository = new PostgresJobRepository({ pool })
await repository.initializeSchema()
await pool.query('DROP TABLE IF EXISTS one_commit; CREATE TABLE one_commit (n int)')
const trivial = chunkStep('trivial', { chunkSize: 1, reader: [1], writer: () => undefined })
const trivialJob = job('trivial', { parameters: { run: 'string' } })
  .start(trivial)
  .build()
const operator = new JobOperator({ repository, jobs: [trivialJob] })

async function commits(): Promise<number> {
  const started = performance.now()
  for (let n = 0; n < JOBS; n++) await pool.query('INSERT INTO one_commit VALUES ($1)', [n])
  return performance.now() - started
}

async function jobs(prefix: string): Promise<number> {
  const started = performance.now()
  for (let n = 0; n < JOBS; n++) (await operator.run(trivialJob, { run: `${prefix} ${n}` })).throwIfUnsuccessful()
  return performance.now() - started
}

await jobs(`${process.pid} warm ${Date.now()}`)
await commits()
const perCommit = (await commits()) / JOBS
const perJob = (await jobs(`${process.pid} ${Date.now()}`)) / JOBS
await operator.close()
await pool.end()
console.log(JSON.stringify({ seconds: perJob / 1000, items: 1, commits: perJob / perCommit, perCommit }))
