import type { JobExecution } from '../domain/job-execution.js'
import type { OwnershipLostError } from '../domain/ownership-errors.js'
import { StopRequestedError } from '../domain/step-errors.js'
import type { Job } from '../job/job.js'
import { runJob } from '../job/run-job.js'
import type { Lease } from '../repository/lease.js'
import type { JobHandle } from './job-handle.js'
import type { OperatorSettings } from './operator-options.js'
import type { Owned } from './ownership.js'

/** An execution that runs in this process. */
export class RunningExecution implements JobHandle, Owned {
  readonly execution: JobExecution
  readonly lease: Lease
  readonly result: Promise<JobExecution>
  readonly #settings: OperatorSettings
  readonly #abort = new AbortController()

  constructor(settings: OperatorSettings, job: Job, execution: JobExecution, ownerId: string) {
    this.#settings = settings
    this.execution = execution
    this.lease = { ownerId, jobInstanceId: execution.jobInstance.id, jobExecutionId: execution.id }
    this.result = runJob({
      job,
      jobExecution: execution,
      restarted: true,
      repository: settings.repository,
      lease: this.lease,
      signal: this.#abort.signal,
      requestStop: () => this.requestStop(),
      logger: settings.logger,
      clock: settings.clock,
    })
  }

  /** Asks for a stop in this process. */
  requestStop(): void {
    this.#abort.abort(new StopRequestedError())
  }

  async stop(): Promise<JobExecution> {
    const asked = this.#settings.repository.requestStop(this.execution.id)
    this.requestStop()
    await asked
    return this.result
  }

  /** Asks for a stop and waits for the end, whether or not the repository can be told of the stop. */
  async stopSurely(): Promise<void> {
    await this.stop().catch((error: unknown) => {
      this.#settings.logger.warn(
        { error, jobExecutionId: this.execution.id },
        'the request to stop could not be stored',
      )
    })
    await this.result
  }

  lose(error: OwnershipLostError): void {
    this.#abort.abort(error)
  }
}
