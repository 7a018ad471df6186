import pg from 'pg'
import { chunkStep, job, JobOperator } from 'chunkwise'
import { PostgresJobRepository } from 'chunkwise/postgres'

// Runs 300 jobs of one trivial step, one after another, and 300 durable commits of one row: how many commits a job makes,
// and its time in units of such a commit.
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

/** Transactions so far. Sessions report theirs when they have been idle for ten seconds. */
async function transactions(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 11_000))
  const { rows } = await pool.query<{ count: string }>('SELECT sum(xact_commit) AS count FROM pg_stat_database')
  return Number(rows[0]?.count)
}

await jobs(`${process.pid} warm ${Date.now()}`)
await commits()
const perCommit = (await commits()) / JOBS
const before = await transactions()
const perJob = (await jobs(`${process.pid} ${Date.now()}`)) / JOBS
const commitsPerJob = ((await transactions()) - before) / JOBS
await operator.close()
await pool.end()
console.log(JSON.stringify({ seconds: perJob / 1000, items: 1, commits: perJob / perCommit, commitsPerJob }))
