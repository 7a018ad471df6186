import type { JobExecution } from '../domain/job-execution.js'
import type { JobInstance } from '../domain/job-instance.js'
import { InvalidOptionError } from '../domain/option-error.js'
import { NoSuchExecutionError, OperatorClosedError, UnknownJobError } from '../domain/launch-errors.js'
import { type JobParameters, parameterValues } from '../domain/job-parameters.js'
import type { ParameterInput, ParameterShape } from '../domain/parameter-shape.js'
import { resolveParameters } from '../domain/resolve-parameters.js'
import type { Job } from '../job/job.js'
import type { Page } from '../repository/job-repository.js'
import type { JobHandle } from './job-handle.js'
import { isJob, type JobOperatorOptions, operatorSettings, type OperatorSettings } from './operator-options.js'
import { Ownership } from './ownership.js'
import { RunningExecution } from './running-execution.js'
import { startExecution } from './start-execution.js'

/** Parameters for a job given by name: the compiler cannot check them, the job's declaration does at the start. */
export type AnyParameters = Readonly<Record<string, unknown>>

/**
 * Starts, restarts and stops jobs in this process, and looks at what the repository remembers. It installs no signal
 * handler and keeps nothing alive after {@link close}.
 *
 * The first start registers the operator as an owner, which takes one connection of the repository's pool for as long as
 * the operator lives.
 */
export class JobOperator implements AsyncDisposable {
  readonly #settings: OperatorSettings
  readonly #running = new Set<RunningExecution>()
  readonly #starting = new Set<Promise<unknown>>()
  readonly #ownership: Ownership
  #closed: Promise<void> | undefined

  /** @throws InvalidOptionError */
  constructor(options: JobOperatorOptions) {
    this.#settings = operatorSettings(options)
    this.#ownership = new Ownership(this.#settings, () => this.#running)
  }

  /**
   * Starts a job; resolves once the start is committed. An instance whose last execution failed or was stopped is
   * restarted: it goes on where it was. Only what prevents a start rejects.
   *
   * @throws InvalidParametersError before anything is stored
   * @throws JobExecutionAlreadyRunningError the instance runs, here or elsewhere
   * @throws JobInstanceAlreadyCompleteError the instance has completed
   * @throws JobRestartError the instance cannot be run again
   * @throws UnknownJobError no job of the operator has this name
   */
  start<S extends ParameterShape>(job: Job<S>, ...parameters: Given<ParameterInput<S>>): Promise<JobHandle>
  start(jobName: string, parameters?: AnyParameters): Promise<JobHandle>
  async start(jobOrName: Job | string, parameters?: AnyParameters): Promise<JobHandle> {
    const job = this.#job(jobOrName)
    return this.#start(job, resolveParameters(job.name, job.parameters, parameters))
  }

  /** Starts a job and waits for its end: resolves with the execution, also with a failed one. Rejects as {@link start}. */
  run<S extends ParameterShape>(job: Job<S>, ...parameters: Given<ParameterInput<S>>): Promise<JobExecution>
  run(jobName: string, parameters?: AnyParameters): Promise<JobExecution>
  async run(jobOrName: Job | string, parameters?: AnyParameters): Promise<JobExecution> {
    const job = this.#job(jobOrName)
    const handle = await this.#start(job, resolveParameters(job.name, job.parameters, parameters))
    return handle.result
  }

  /**
   * Starts the instance of an earlier execution again, with that execution's parameters. The job must be one of the
   * operator's.
   *
   * @throws NoSuchExecutionError
   * @throws UnknownJobError, and everything that {@link start} throws
   */
  async restart(execution: JobExecution | number): Promise<JobHandle> {
    const found = await this.#execution(execution)
    const job = this.#job(found.jobName)
    return this.#start(job, resolveParameters(job.name, job.parameters, parameterValues(found.parameters)))
  }

  /**
   * Asks a running execution to stop at its next chunk boundary, wherever it runs. Resolves once the request is stored:
   * the execution is STOPPING then, and STOPPED when it has really ended. False: it does not run.
   *
   * @throws NoSuchExecutionError
   */
  async stop(execution: JobExecution | number): Promise<boolean> {
    const { id } = await this.#execution(execution)
    const asked = await this.#settings.repository.requestStop(id)
    for (const running of this.#running) if (running.execution.id === id) running.requestStop()
    return asked
  }

  /** The names of all jobs that the repository has instances of, in alphabetical order. */
  jobNames(): Promise<readonly string[]> {
    return this.#settings.repository.listJobNames()
  }

  /** The instances of a job, the latest first. */
  instances(jobName: string, page?: Page): Promise<readonly JobInstance[]> {
    return this.#settings.repository.listJobInstances(jobName, page)
  }

  /** The executions of an instance, the latest first. */
  executions(instance: JobInstance | number, page?: Page): Promise<readonly JobExecution[]> {
    const id = typeof instance === 'number' ? instance : instance.id
    return this.#settings.repository.listJobExecutions(id, page)
  }

  /** An execution as the repository has it, with its step executions, or `undefined`. */
  execution(id: number): Promise<JobExecution | undefined> {
    return this.#settings.repository.getJobExecution(id)
  }

  /** All executions that run now, in any process, of one job or of all. */
  runningExecutions(jobName?: string): Promise<readonly JobExecution[]> {
    return this.#settings.repository.listRunningJobExecutions(jobName)
  }

  /**
   * Stops what runs in this operator at its next chunk boundary, waits for it, and gives up the ownership. Starts
   * nothing any more. A second call waits for the first. The pool stays the host's.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#starting)
    await Promise.all([...this.#running].map((running) => running.stopSurely()))
    await this.#ownership.close()
  }

  #start(job: Job, parameters: JobParameters): Promise<RunningExecution> {
    if (this.#closed !== undefined) return Promise.reject(new OperatorClosedError())
    const started = this.#startNow(job, parameters)
    this.#starting.add(started)
    const forget = (): boolean => this.#starting.delete(started)
    started.then(forget, forget)
    return started
  }

  async #startNow(job: Job, parameters: JobParameters): Promise<RunningExecution> {
    const ownerId = await this.#ownership.ownerId()
    const execution = await startExecution(this.#settings, {
      jobName: job.name,
      parameters,
      ownerId,
      restartable: job.restartable,
    })
    const running = new RunningExecution(this.#settings, job, execution, ownerId)
    this.#running.add(running)
    void running.result.finally(() => this.#running.delete(running))
    return running
  }

  #job(jobOrName: Job | string): Job {
    if (isJob(jobOrName)) return jobOrName
    if (typeof jobOrName !== 'string') {
      throw new InvalidOptionError('job', jobOrName, 'a job or the name of one of the operator\u2019s jobs')
    }
    const job = this.#settings.jobs.get(jobOrName)
    if (job === undefined) throw new UnknownJobError(jobOrName, [...this.#settings.jobs.keys()])
    return job
  }

  async #execution(execution: JobExecution | number): Promise<JobExecution> {
    const id = typeof execution === 'number' ? execution : execution.id
    const found = await this.#settings.repository.getJobExecution(id)
    if (found === undefined) throw new NoSuchExecutionError(id)
    return found
  }
}

/** The parameters argument: may be left out when the job needs none, and is empty when it has none. */
export type Given<I> = [keyof I] extends [never]
  ? [parameters?: Readonly<Record<string, never>>]
  : Record<never, never> extends I
    ? [parameters?: I]
    : [parameters: I]
