import type { Pool } from 'pg'
import { type ChunkStepListener, chunkStep, type Job, job, PoolTaskExecutor, type StepContext } from 'chunkwise'
import { PostgresBatchItemWriter, PostgresPagingItemReader } from 'chunkwise/postgres'
import { type Candidate, toCandidate, type User } from './candidate.js'

/** What the job is given at each start. */
export type CandidateParameters = {
  /** Users whose last login is earlier are inactive. Identifying: each date is a job instance of its own. */
  readonly before: 'date'
}

// One pool of tasks for the service, shared by all its jobs.
const executor = new PoolTaskExecutor({ corePoolSize: 24, maxPoolSize: 128 })

/** Copies the inactive users who have not opted out into `candidates`, 400 at a time. */
export function candidateJob(
  pool: Pool,
  listeners: readonly ChunkStepListener<User, Candidate>[] = [],
): Job<CandidateParameters> {
  const findCandidates = chunkStep('findCandidates', {
    chunkSize: 400,
    reader: ({ parameters }: StepContext<{ before: Date }>) =>
      new PostgresPagingItemReader<User>({
        pool,
        select: 'user_name, last_login, opted_out',
        from: 'users',
        where: 'last_login < :before',
        parameters: { before: parameters.before },
        sortKeys: { user_name: 'asc' },
        naming: 'camelCase',
      }),
    processor: toCandidate,
    // A plain insert into a table without a unique key: if a restart wrote a row twice, it would show. A table with a
    // key would rather be written with `onConflict: { columns: ['user_name'], do: 'update' }`.
    writer: new PostgresBatchItemWriter<Candidate>({
      pool,
      table: 'candidates',
      columns: ['user_name', 'last_login', 'reason'],
      naming: 'camelCase',
    }),
    taskExecutor: executor,
    concurrency: 24,
    listeners,
  })
  return job('candidateJob', { parameters: { before: 'date' } })
    .start(findCandidates)
    .build()
}
