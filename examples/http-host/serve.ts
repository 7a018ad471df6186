import pg from 'pg'
import { consoleLogger, type Job, type JobRepository, MemoryJobRepository } from 'chunkwise'
import { PostgresBatchItemWriter, PostgresJobRepository } from 'chunkwise/postgres'
import { closeService, type Listen, portOf } from './http-service.js'
import { JobHost } from './job-host.js'
import { type Letter, lettersJob } from './letters-job.js'

/**
 * Runs a service until SIGTERM or SIGINT. Jobs are kept in the database that `DATABASE_URL` names, else in memory. Behind
 * the signal nothing is left to do, and the process ends by itself.
 */
export async function serve(listen: Listen): Promise<void> {
  const { DATABASE_URL: url, PORT = '0' } = process.env
  const store = url === undefined ? inMemory() : await inDatabase(url)
  const host = new JobHost({ repository: store.repository, jobs: [store.job], logger: consoleLogger() })
  const service = await listen(host, Number(PORT))
  // A second signal ends the process at once, as it does by default.
  const onSignal = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal)
    void closeService(host, service).then(() => store.close())
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  console.log(`listening on http://127.0.0.1:${portOf(service)}`)
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

interface Store {
  readonly repository: JobRepository
  readonly job: Job
  close(): Promise<void>
}

function inMemory(): Store {
  const letters: Letter[] = []
  const job = lettersJob({ write: (chunk) => void letters.push(...chunk) })
  return { repository: new MemoryJobRepository(), job, close: async () => {} }
}

async function inDatabase(connectionString: string): Promise<Store> {
  const pool = new pg.Pool({ connectionString })
  // The server may end an idle connection: the pool makes another.
  pool.on('error', (error) => console.error(error.message))
  const repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
  await pool.query('create table if not exists letters (id integer, text text)')
  const writer = new PostgresBatchItemWriter<Letter>({ pool, table: 'letters', columns: ['id', 'text'] })
  return { repository, job: lettersJob(writer), close: () => pool.end() }
}
