import type { JobExecution } from '../domain/job-execution.js'

/** A job execution that was started. */
export interface JobHandle {
  /** The execution, kept up to date while it runs. */
  readonly execution: JobExecution
  /**
   * Resolves with the execution when it has ended, in whatever way: a failed job resolves too. Call
   * `throwIfUnsuccessful()` on it to have an error instead.
   */
  readonly result: Promise<JobExecution>
  /**
   * Asks for a stop at the next chunk boundary, and resolves with the result. Never rejects. Code that runs in the job, such as a
   * listener, calls `operator.stop(…)` instead, which does not wait for the end.
   */
  stop(): Promise<JobExecution>
}
