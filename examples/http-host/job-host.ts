import {
  type Job,
  type JobExecution,
  JobOperator,
  type JobRepository,
  type Logger,
  NoSuchExecutionError,
  parseJsonParameters,
} from 'chunkwise'
import { executionEvents } from './execution-events.js'
import { ExecutionFeed } from './execution-feed.js'
import type { JobEvent } from './job-event.js'

/** What a {@link JobHost} is made of. */
export interface JobHostOptions {
  readonly repository: JobRepository
  readonly jobs: readonly Job[]
  readonly logger?: Logger
}

/** All that an HTTP service does with jobs, whatever its framework: one for each process. */
export class JobHost {
  readonly #jobs: readonly Job[]
  readonly #operator: JobOperator
  readonly #feed = new ExecutionFeed({ every: '250ms' })
  readonly #streams = new Set<AbortController>()

  constructor({ jobs, ...options }: JobHostOptions) {
    this.#jobs = jobs
    // What dead processes have left becomes restartable by itself.
    this.#operator = new JobOperator({ ...options, jobs, listeners: [this.#feed.listener], recoverEvery: '1m' })
  }

  /** How many follow executions. */
  get followers(): number {
    return this.#streams.size
  }

  /** Starts a job by its name, with the parameters that a body of JSON gives. What was stopped or has failed goes on. */
  async start(jobName: string, body: unknown = {}): Promise<{ readonly id: number }> {
    const job = this.#jobs.find(({ name }) => name === jobName)
    // A name that nobody knows is told by the operator.
    const handle = await this.#operator.start(jobName, job === undefined ? {} : parseJsonParameters(job, body))
    this.#feed.add(handle)
    return { id: handle.execution.id }
  }

  /** Asks an execution to stop, in whatever process it runs. `stopping` is false when it does not run. */
  async stop(id: string): Promise<{ readonly stopping: boolean }> {
    return { stopping: await this.#operator.stop(await this.#execution(id)) }
  }

  /** How to follow an execution from now on: until it has ended, or either side has aborted the controller. */
  async events(id: string): Promise<(over: AbortController) => AsyncIterable<JobEvent>> {
    const found = await this.#execution(id)
    return (over) => this.#follow(found.id, over)
  }

  /** Starts nothing any more, and stops what runs at its next chunk. What does not stop in time is given up. Both can be restarted. */
  async close(): Promise<void> {
    await this.#operator.shutdown({ grace: '10s' })
    // Who follows what has ended was told so. What is left runs in another process, or was given up.
    for (const over of this.#streams) over.abort()
  }

  async *#follow(id: number, over: AbortController): AsyncGenerator<JobEvent, void> {
    this.#streams.add(over)
    try {
      yield* executionEvents(id, { feed: this.#feed, explorer: this.#operator }, over.signal)
    } finally {
      this.#streams.delete(over)
    }
  }

  async #execution(id: string): Promise<JobExecution> {
    const found = /^\d{1,15}$/.test(id) ? await this.#operator.execution(Number(id)) : undefined
    if (found === undefined) throw new NoSuchExecutionError(id)
    return found
  }
}
