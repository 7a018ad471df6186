import type { JobExecution } from '../domain/job-execution.js'
import { NoSuchExecutionError, OperatorClosedError } from '../domain/launch-errors.js'
import { parameterValues } from '../domain/job-parameters.js'
import type { ParameterInput, ParameterShape } from '../domain/parameter-shape.js'
import { withoutSecrets } from '../domain/secret-parameters.js'
import { describeJob } from '../job/describe-job.js'
import { firstStepOf } from '../job/first-step.js'
import type { JobDescription } from '../job/job-description.js'
import type { Job } from '../job/job.js'
import type { StartJob } from '../step/step-scene.js'
import { onFirstSignal, type SignalHandlers } from '../support/host-process.js'
import { abandonExecution } from './abandon-execution.js'
import { idOf, JobExplorer } from './job-explorer.js'
import type { JobHandle } from './job-handle.js'
import { findJob, type JobOperatorOptions, operatorSettings, type OperatorSettings } from './operator-options.js'
import { nextPlan } from './next-parameters.js'
import { Ownership } from './ownership.js'
import { Periodic } from './periodic.js'
import { pruneExecutions, type PruneOptions, type PruneReport } from './prune-executions.js'
import { recoverAll } from './recovery.js'
import { RunningExecution } from './running-execution.js'
import { checkGrace, type OperatorShutdownOptions, shutDown, type ShutdownReport } from './shutdown.js'
import { startExecution } from './start-execution.js'
import type { AnyParameters, Given, RestartOptions } from './start-input.js'
import { checkRestartOptions, restartPlan, type StartPlan, startPlan } from './start-parameters.js'
import { UnstoredEnds } from './unstored-ends.js'

/**
 * Starts, restarts and stops jobs in this process, and looks at what the repository remembers. It installs no signal
 * handler unless `handleSignals` asks for it, and keeps nothing alive after {@link close}.
 *
 * The first start registers the operator as an owner, which takes one connection of the repository's pool for as long as
 * the operator lives.
 */
export class JobOperator extends JobExplorer implements AsyncDisposable {
  readonly #settings: OperatorSettings
  readonly #running = new Set<RunningExecution>()
  readonly #starting = new Set<Promise<unknown>>()
  readonly #ownership: Ownership
  readonly #unstored: UnstoredEnds
  readonly #recovery: Periodic | undefined
  readonly #signals: SignalHandlers | undefined
  #closed: Promise<void> | undefined
  #shutdown: Promise<ShutdownReport> | undefined
  #isOver = false

  /** @throws InvalidOptionError */
  constructor(options: JobOperatorOptions) {
    const settings = operatorSettings(options)
    super(settings.repository)
    this.#settings = settings
    const { clock, recoverEvery, handleSignals } = this.#settings
    this.#ownership = new Ownership(this.#settings, () => this.#running)
    this.#unstored = new UnstoredEnds(this.#settings)
    if (recoverEvery !== undefined) this.#recovery = new Periodic(clock, recoverEvery, () => this.#recoverQuietly())
    if (handleSignals) this.#signals = onFirstSignal(['SIGTERM', 'SIGINT'], () => void this.shutdown())
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
    return this.#start(job, startPlan(job, parameters))
  }

  /** Starts a job and waits for its end: resolves with the execution, also with a failed one. Rejects as {@link start}. */
  run<S extends ParameterShape>(job: Job<S>, ...parameters: Given<ParameterInput<S>>): Promise<JobExecution>
  run(jobName: string, parameters?: AnyParameters): Promise<JobExecution>
  async run(jobOrName: Job | string, parameters?: AnyParameters): Promise<JobExecution> {
    const job = this.#job(jobOrName)
    return (await this.#start(job, startPlan(job, parameters))).result
  }

  /**
   * Starts a new run of a job that has an `incrementer`: with the parameters of the last execution of its latest instance,
   * changed by the incrementer. `parameters` come on top and always win; secrets, and what has an `env` that is set, are
   * taken anew. The last run may have ended in whatever way, and may still run: one that is FAILED or STOPPED is not
   * continued, for that call {@link restart}. Of two calls at once one wins; the other is told, and may call again.
   *
   * @throws NoIncrementerError the job has none
   * @throws JobRestartError another start has made this instance meanwhile; else as {@link start}
   */
  startNext<S extends ParameterShape>(job: Job<S>, ...parameters: Given<Partial<ParameterInput<S>>>): Promise<JobHandle>
  startNext(jobName: string, parameters?: AnyParameters): Promise<JobHandle>
  async startNext(jobOrName: Job | string, parameters?: AnyParameters): Promise<JobHandle> {
    const job = this.#job(jobOrName)
    return this.#start(job, () => nextPlan(this.#settings.repository, job, parameters))
  }

  /**
   * Starts the instance of an earlier execution again, with that execution's parameters, and with `options.parameters` on
   * top: secrets, which are not stored, and what does not tell instances apart. The job must be one of the operator's.
   *
   * @throws NoSuchExecutionError
   * @throws InvalidParametersError also for a parameter that would make another instance, and for a secret that neither
   *   `options.parameters` nor the environment gives
   * @throws UnknownJobError, and everything that {@link start} throws
   */
  async restart(execution: JobExecution | number, options: RestartOptions = {}): Promise<JobHandle> {
    checkRestartOptions(options)
    const found = await this.#execution(execution)
    const job = this.#job(found.jobName)
    return this.#start(job, restartPlan(job, found, options))
  }

  /**
   * Asks a running execution to stop at its next chunk boundary, wherever it runs. Resolves once the request is stored:
   * the execution is STOPPING then, and STOPPED when it has really ended. False: it does not run.
   *
   * @throws NoSuchExecutionError
   */
  async stop(execution: JobExecution | number): Promise<boolean> {
    const id = idOf(execution)
    // First what needs no database: it may be away.
    for (const running of this.#running) if (running.execution.id === id) running.requestStop()
    await this.#execution(id)
    return this.#settings.repository.requestStop(id)
  }

  /**
   * Gives an execution up for ever: it becomes ABANDONED, and its instance is not started again. For what is STOPPED,
   * FAILED or UNKNOWN, and for what looks running but was left so by a program that holds no lease, such as a Java job
   * that was killed. Resolves with the execution; one that is ABANDONED already stays as it is.
   *
   * @throws NoSuchExecutionError
   * @throws NotAbandonableError it has completed, or an owner runs it
   */
  abandon(execution: JobExecution | number): Promise<JobExecution> {
    return abandonExecution(this.#settings.repository, idOf(execution))
  }

  /**
   * Takes over all executions, of any job, whose owner is dead: its lease has expired, or its session is gone and it does
   * not come back within `ownerGrace`. They become FAILED, "owner lost", and can be started again. What a living owner
   * runs is left alone. Any process may call it, at any time and as often as it likes. Resolves with the executions that
   * this call has recovered.
   */
  async recover(): Promise<readonly JobExecution[]> {
    if (this.#closed !== undefined) throw new OperatorClosedError()
    const own = (ownerId: string): boolean => ownerId === this.#ownership.currentId
    const ids = await recoverAll(this.#settings, own, () => this.#ownership.ownerId())
    const found = await Promise.all(ids.map((id) => this.execution(id)))
    return found.filter((execution) => execution !== undefined)
  }

  /**
   * Deletes old instances with all their executions, in small transactions, while other things go on. Never what runs,
   * what is held by a lease, or what is UNKNOWN; what can still be restarted only with `keepFailed: false`.
   *
   * @throws InvalidOptionError
   */
  async prune(options: PruneOptions): Promise<PruneReport> {
    return pruneExecutions(this.#settings.repository, options, () => this.#closed !== undefined)
  }

  /**
   * A job as data: its parameters, its steps with what they promise, and where it goes from each; also as the text of a
   * Mermaid flowchart. Reads nothing from the repository.
   *
   * @throws UnknownJobError
   */
  describe<S extends ParameterShape>(job: Job<S> | string): JobDescription {
    return describeJob(this.#job(job as Job | string), this.#settings.repository.transactionManager)
  }

  /**
   * Closes the operator within a time, as a host does on SIGTERM: stops what runs at its next chunk boundary, and gives up
   * what has not ended when the time is nearly over. What was given up is rolled back, and goes on after a restart, which
   * need not wait for a lease to expire. A second call gives the result of the first. Never rejects, except for a bad
   * option: it may be called from a signal handler without being awaited.
   *
   * @throws InvalidOptionError
   */
  shutdown(options: OperatorShutdownOptions = {}): Promise<ShutdownReport> {
    const grace = checkGrace(options)
    this.#shutdown ??= this.#shutDown(grace)
    return this.#shutdown
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
    await this.#recovery?.close()
    await Promise.allSettled(this.#starting)
    await Promise.all([...this.#running].map((running) => running.stopOrLeave()))
    this.#unstored.close()
    await this.#ownership.close()
    // Not before: a signal that comes while this waits bounds the waiting.
    this.#signals?.remove()
  }

  async #shutDown(grace: number): Promise<ShutdownReport> {
    void this.#recovery?.close()
    const scene = { running: this.#running, starting: this.#starting, ownership: this.#ownership }
    const ended = shutDown({ settings: this.#settings, ...scene }, grace)
    // Whoever closes it now waits for no more than this.
    this.#closed ??= ended.then(() => undefined)
    const report = await ended
    this.#isOver = true
    this.#unstored.close()
    this.#signals?.remove()
    return report
  }

  async #recoverQuietly(): Promise<void> {
    try {
      await this.recover()
    } catch (error) {
      if (this.#closed === undefined)
        this.#settings.logger.warn({ error }, 'the executions of dead owners were not all recovered')
    }
  }

  #start(job: Job, plan: StartPlan | (() => Promise<StartPlan>)): Promise<RunningExecution> {
    if (this.#closed !== undefined) return Promise.reject(new OperatorClosedError())
    const started =
      typeof plan === 'function' ? plan().then((it) => this.#startNow(job, it)) : this.#startNow(job, plan)
    this.#starting.add(started)
    const forget = (): boolean => this.#starting.delete(started)
    started.then(forget, forget)
    return started
  }

  async #startNow(given: Job, plan: StartPlan): Promise<RunningExecution> {
    const job = { ...given, listeners: [...this.#settings.listeners, ...given.listeners] }
    const ownerId = await this.#ownership.ownerId()
    const isRunning = (id: number): boolean => [...this.#running].some((one) => one.execution.id === id)
    const { name: jobName, restartable } = job
    // A listener that fails before the first step leaves no step behind.
    const mayFailBefore = job.listeners.some((listener) => listener.beforeJob !== undefined)
    const firstStep = mayFailBefore ? undefined : firstStepOf(job)
    const { follows, ignoreCrashes = false } = plan
    const stored = withoutSecrets(plan.parameters)
    const request = { jobName, parameters: stored, ownerId, restartable, firstStep, follows }
    const execution = await this.#unstored.orSettled(startExecution(this.#settings, request, isRunning))
    const storeLater = this.#unstored.add.bind(this.#unstored)
    const parameters = parameterValues(plan.parameters)
    const startJob: StartJob = ({ job: child, parameters, parent, trace }) =>
      this.#start(child as Job, { parameters, ignoreCrashes, parent, startedBy: trace })
    const { parent, startedBy } = plan
    const options = { job, parameters, execution, ownerId, ignoreCrashes, parent, startedBy, startJob, storeLater }
    const running = new RunningExecution(this.#settings, options)
    this.#running.add(running)
    this.#ownership.runningChanged()
    void running.result.finally(() => {
      this.#running.delete(running)
      this.#ownership.runningChanged()
    })
    // A start that was under way when a shutdown was done with waiting.
    if (this.#isOver) running.giveUp()
    return running
  }

  #job(jobOrName: Job | string): Job {
    return findJob(this.#settings.jobs, jobOrName)
  }

  async #execution(execution: JobExecution | number): Promise<JobExecution> {
    const id = idOf(execution)
    const found = await this.execution(id)
    if (found === undefined) throw new NoSuchExecutionError(id)
    return found
  }
}
