import type { JobExecution } from '../domain/job-execution.js'
import { OwnershipLostError } from '../domain/ownership-errors.js'
import type { ParameterValue } from '../domain/parameter-types.js'
import { StopRequestedError } from '../domain/step-errors.js'
import type { Job } from '../job/job.js'
import { linkToParent } from '../job/parent-link.js'
import { runJob } from '../job/run-job.js'
import type { StepTrace } from '../listener/traces.js'
import type { Lease } from '../repository/lease.js'
import type { ParentLink, StartJob } from '../step/step-scene.js'
import type { JobHandle } from './job-handle.js'
import type { OperatorSettings } from './operator-options.js'
import type { Owned } from './owned.js'

/** What a {@link RunningExecution} is made of. */
export interface RunningExecutionOptions {
  readonly job: Job
  /** The values that the job's code sees, secrets too: the execution does not have those. */
  readonly parameters: Readonly<Record<string, ParameterValue>>
  readonly execution: JobExecution
  readonly ownerId: string
  readonly ignoreCrashes: boolean
  /** The step of another job that this one belongs to. */
  readonly parent?: ParentLink | undefined
  /** The trace of that step. */
  readonly startedBy?: StepTrace | undefined
  readonly startJob: StartJob
  /** Told how the execution has ended when that could not be stored. */
  readonly storeLater: (ended: JobExecution, lease: Lease) => void
}

/** An execution that runs in this process. */
export class RunningExecution implements JobHandle, Owned {
  readonly execution: JobExecution
  readonly lease: Lease
  readonly result: Promise<JobExecution>
  readonly #settings: OperatorSettings
  readonly #abort = new AbortController()
  #lost: OwnershipLostError | undefined
  #leave!: () => void
  readonly #given = new Promise<void>((resolve) => (this.#leave = resolve))

  constructor(settings: OperatorSettings, { job, execution, ownerId, ...options }: RunningExecutionOptions) {
    this.#settings = settings
    this.execution = execution
    const lease = { ownerId, jobInstanceId: execution.jobInstance.id, jobExecutionId: execution.id }
    this.lease = lease
    if (options.parent !== undefined) linkToParent(execution.executionContext, options.parent)
    this.result = runJob({
      job,
      parameters: options.parameters,
      jobExecution: execution,
      // A start stores the first step of an instance that has none yet.
      restarted: execution.stepExecutions.length === 0,
      repository: settings.repository,
      lease,
      signal: this.#abort.signal,
      ownershipLost: () => this.#lost,
      ignoreCrashes: options.ignoreCrashes,
      storeLater: (ended) => options.storeLater(ended, lease),
      requestStop: () => this.requestStop(),
      startJob: options.startJob,
      startedBy: options.startedBy,
      logger: settings.logger,
      clock: settings.clock,
    })
  }

  /** Asks for a stop in this process. */
  requestStop(): void {
    this.#abort.abort(new StopRequestedError())
  }

  /** Asks for a stop, whether or not the repository can be told of it. Never rejects. */
  async stop(): Promise<JobExecution> {
    this.requestStop()
    try {
      await this.#settings.repository.requestStop(this.execution.id)
    } catch (error) {
      const fields = { error, jobExecutionId: this.execution.id }
      this.#settings.logger.warn(fields, 'the request to stop could not be stored')
    }
    return this.result
  }

  /** Asks for a stop, and resolves when nobody need wait any more: it has ended, or was given up. */
  async stopOrLeave(): Promise<void> {
    await Promise.race([this.stop(), this.#given])
  }

  /** The signal keeps its first reason, which may be a stop: the loss counts all the same. */
  lose(error: OwnershipLostError): void {
    this.#lost ??= error
    this.#abort.abort(error)
  }

  /** Waits no longer: what user code still does is not written any more. */
  giveUp(): void {
    this.lose(new OwnershipLostError(this.lease, 'it was given up at the shutdown, for it did not end in time'))
    this.#leave()
  }
}
