import {
  type ChunkStepListener,
  chunkStep,
  type ItemReader,
  type ItemWriter,
  type Job,
  job,
  PoolTaskExecutor,
  type StepContext,
} from 'chunkwise'
import { type Candidate, toCandidate, type User } from './candidate.js'

/** What the job is given at each start. */
export type CandidateParameters = {
  /** Users whose last login is earlier are inactive. Identifying: each date is a job instance of its own. */
  readonly before: 'date'
}

/** Where the users come from and the candidates go to: what differs between databases. */
export interface CandidateItems {
  reader(before: Date): ItemReader<User>
  writer(): ItemWriter<Candidate>
}

// One pool of tasks for the service, shared by all its jobs.
const executor = new PoolTaskExecutor({ corePoolSize: 24, maxPoolSize: 128 })

/** Copies the inactive users who have not opted out into `candidates`, 400 at a time. */
export function candidateJob(
  items: CandidateItems,
  listeners: readonly ChunkStepListener<User, Candidate>[] = [],
): Job<CandidateParameters> {
  const findCandidates = chunkStep('findCandidates', {
    chunkSize: 400,
    reader: ({ parameters }: StepContext<{ before: Date }>) => items.reader(parameters.before),
    processor: toCandidate,
    writer: items.writer(),
    taskExecutor: executor,
    concurrency: 24,
    listeners,
  })
  return job('candidateJob', { parameters: { before: 'date' } })
    .start(findCandidates)
    .build()
}
