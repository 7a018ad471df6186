import type { JobExecution } from '../domain/job-execution.js'

/** Is told when a job begins and ends. Give a plain object with the methods you need. */
export interface JobListener {
  /** Before the first step. An error fails the job before any step runs. */
  beforeJob?(execution: JobExecution): void | Promise<void>
  /**
   * After the last step, with the final status, before it is stored. An error is recorded among the execution's failures
   * and in its exit description; the status stays.
   */
  afterJob?(execution: JobExecution): void | Promise<void>
}
