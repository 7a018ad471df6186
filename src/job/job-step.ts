import { OptionCheck } from '../domain/check-option.js'
import { putReserved, type ReadonlyExecutionContext, removeReserved } from '../domain/execution-context.js'
import type { JobExecution } from '../domain/job-execution.js'
import { type JobParameters, parameterValues } from '../domain/job-parameters.js'
import {
  JobExecutionUnsuccessfulError,
  JobInstanceAlreadyCompleteError,
  OperatorClosedError,
} from '../domain/launch-errors.js'
import { defineParameters } from '../domain/define-parameters.js'
import type { ParameterInput, ParameterShape } from '../domain/parameter-shape.js'
import { resolveParameters } from '../domain/resolve-parameters.js'
import type { NoParameters, StepContext } from '../domain/step-context.js'
import type { StepListener } from '../listener/step-listener.js'
import { type CheckedStepOptions, checkStepOptions, STEP_OPTIONS } from '../step/check-step-options.js'
import { CommonStep } from '../step/common-step.js'
import { storeStep } from '../step/run-step.js'
import { passOf } from '../step/step-passes.js'
import type { ChildJob, ParentLink } from '../step/step-scene.js'
import { type StepDefinition, stepDefinition } from '../step/step-definition.js'
import type { StepDescription } from '../step/step-description.js'
import type { ChunkChange, Step, StepEnd, StepOptions, StepRuntime } from '../step/step.js'
import { isSameParent, parentOf } from './parent-link.js'
import type { Job } from './job.js'
import { mapJob } from './map-job.js'

/** In the step's context: the identifying parameters of its job, so that a restart starts the same instance. */
const PARAMETERS = 'chunkwise.childParameters'
/** In the step's context: the latest execution of its job. */
const EXECUTION = 'chunkwise.childExecution'

/** Options of {@link jobStep}. */
export interface JobStepOptions<S extends ParameterShape, P> extends StepOptions {
  /**
   * The parameters of the job that is started. What identifies its instance is kept: a restart of the step starts the same
   * instance, whatever this gives then. Default: none.
   */
  readonly parameters?: (context: StepContext<P>) => ParameterInput<S> | Promise<ParameterInput<S>>
  /** Listeners, told in this order of what begins and in reverse of what ends. Default: none. */
  readonly listeners?: readonly StepListener[]
}

/** The options, which may be left out where the job needs no parameters. */
export type GivenJobStepOptions<S extends ParameterShape, P> =
  Record<never, never> extends ParameterInput<S>
    ? [options?: JobStepOptions<S, P>]
    : [options: JobStepOptions<S, P> & Required<Pick<JobStepOptions<S, P>, 'parameters'>>]

/**
 * A job as a step of another: it runs as an instance of its own, with its own executions, and its exit code is the step's.
 * Restarting the outer job restarts this very instance; a stop reaches it. When it is stopped by itself, the outer job
 * stops as well. An instance that had completed for another step, for
 * another pass of a loop, or by itself fails the step with
 * `JobInstanceAlreadyCompleteError`: give it a parameter that tells the outer job's instances apart.
 *
 * @example
 * ```ts
 * import { chunkStep, job, jobStep, type StepContext } from 'chunkwise'
 *
 * const load = chunkStep('load', { chunkSize: 1, reader: [1], writer: () => {} })
 * const users = job('users', { parameters: { day: 'localDate' } }).start(load).build()
 * export const nightly = job('nightly', { parameters: { day: 'localDate' } })
 *   .start(
 *     jobStep('usersJob', users, {
 *       parameters: ({ parameters }: StepContext<{ day: string }>) => ({ day: parameters.day }),
 *     }),
 *   )
 *   .build()
 * ```
 *
 * @throws InvalidOptionError
 */
export function jobStep<const N extends string, S extends ParameterShape, P = NoParameters>(
  name: N,
  job: Job<S>,
  ...[options = {}]: GivenJobStepOptions<S, P>
): Step<P, N> {
  new OptionCheck('jobStep').text('name', name, 1, 100)
  const checked = checkNestedJob(`jobStep(${JSON.stringify(name)})`, job, options)
  const { parameters } = options as JobStepOptions<ParameterShape, unknown>
  return new JobStep<P, N>(name, job as unknown as Job, checked, parameters)
}

/**
 * A job as a step without a name: a class's method returns it. Job and options are those of {@link jobStep}, checked at
 * once.
 *
 * @throws InvalidOptionError
 */
export function nestedJob<S extends ParameterShape, P = NoParameters>(
  job: Job<S>,
  ...[options = {}]: GivenJobStepOptions<S, P>
): StepDefinition<P> {
  checkNestedJob('nestedJob', job, options)
  const make = jobStep as unknown as (name: string, job: Job<S>, options: object) => Step<never>
  return stepDefinition('job', options as JobStepOptions<S, P>, (name, all) => make(name, job, all))
}

function checkNestedJob(owner: string, job: unknown, options: StepOptions): CheckedStepOptions {
  const check = new OptionCheck(owner)
  const given = options as JobStepOptions<ParameterShape, unknown>
  check.object(given, [...STEP_OPTIONS, 'parameters'])
  const { name, flow } = (job ?? {}) as Partial<Job>
  if (typeof name !== 'string' || flow === undefined) {
    check.fail('job', job, 'a job; call build() at the end of job(…)')
  }
  const { parameters } = given
  if (parameters !== undefined && typeof parameters !== 'function') {
    check.fail('parameters', parameters, 'a function that gives the parameters of the job')
  }
  return checkStepOptions(check, options)
}

type GiveParameters = JobStepOptions<ParameterShape, unknown>['parameters']

class JobStep<P, N extends string> extends CommonStep<P, N> {
  /** The job that is started. */
  readonly job: Job
  readonly #parameters: GiveParameters

  constructor(name: N, job: Job, options: CheckedStepOptions, parameters: GiveParameters) {
    super(name, options)
    this.job = job
    this.#parameters = parameters
  }

  describe(): StepDescription {
    return { kind: 'job', job: this.job.name }
  }

  withChunks(change: ChunkChange): Step<P, N> {
    const job = mapJob(this.job, (step) => step.withChunks?.(change) ?? step)
    return new JobStep(this.name, job, this, this.#parameters)
  }

  /** Once the job has its parameters, its steps are looked at for crashes themselves. */
  delegates(executionContext: ReadonlyExecutionContext): boolean {
    return executionContext.has(PARAMETERS)
  }

  async execute(runtime: StepRuntime): Promise<StepEnd> {
    const parameters = await runtime.deadline.race(this.#resolve(runtime.context))
    // Before the job starts: a crash right behind its start must not make another instance of it.
    await keep(runtime, PARAMETERS, identifying(parameters))
    const child = await this.#start(runtime, parameters)
    if ('ended' in child) return endOf(child.ended)
    await keep(runtime, EXECUTION, child.execution.id)
    return this.#await(child, runtime)
  }

  async #resolve(context: StepContext<unknown>): Promise<JobParameters> {
    const given = (await this.#parameters?.(context)) ?? {}
    const kept = context.executionContext.get<object>(PARAMETERS)
    const { name, parameters: shape, validate } = this.job
    const input = kept === undefined ? given : { ...withoutOptional(shape, given), ...kept }
    return resolveParameters(name, shape, input, { validate })
  }

  /** The running job, or the execution in which it has ended for this very step, before a crash. */
  async #start(runtime: StepRuntime, parameters: JobParameters): Promise<ChildJob | { readonly ended: JobExecution }> {
    const { inner, context, lease, repository, stepExecution } = runtime
    const pass = passOf(context.executionContext)
    const parent: ParentLink = { jobInstanceId: lease.jobInstanceId, stepName: stepExecution.stepName, pass }
    context.signal.throwIfAborted()
    try {
      return await inner.startJob({ job: this.job, parameters, parent, trace: runtime.trace })
    } catch (error) {
      if (error instanceof OperatorClosedError) context.signal.throwIfAborted()
      if (!(error instanceof JobInstanceAlreadyCompleteError)) throw error
      const ended = await repository.getJobExecution(error.jobExecutionId)
      if (ended === undefined || !isSameParent(parentOf(ended.executionContext), parent)) {
        // Not the step's own instance: once it gives other parameters, a restart starts another one.
        forget(runtime, PARAMETERS)
        throw error
      }
      return { ended }
    }
  }

  async #await(child: ChildJob, { context, deadline, requestStop }: StepRuntime): Promise<StepEnd> {
    const { signal } = context
    const stop = (): void => void child.stop()
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    try {
      const ended = await deadline.race(child.result)
      if (ended.status === 'STOPPED') requestStop()
      return endOf(ended)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}

function endOf(ended: JobExecution): StepEnd {
  const { jobName, id, status, exitStatus } = ended
  if (status === 'COMPLETED' || status === 'STOPPED') return { status, exitStatus }
  const error = new JobExecutionUnsuccessfulError(jobName, id, status, exitStatus.exitDescription, ended.failures[0])
  return { status: 'FAILED', exitStatus, failures: [error] }
}

/** Without what may be missing and identifies the instance: where it was left out at first, it stays out. */
function withoutOptional(shape: ParameterShape, given: object): object {
  const declared = defineParameters('job.parameters', shape)
  const isOptional = (name: string): boolean => {
    const { identifying = false, required = true } = declared.get(name) ?? {}
    return identifying && !required
  }
  return Object.fromEntries(Object.entries(given).filter(([name]) => !isOptional(name)))
}

/** Removes an entry of the step's context: stored with the step's end. */
function forget({ stepExecution }: StepRuntime, key: string): void {
  const executionContext = stepExecution.executionContext.copy()
  removeReserved(executionContext, key)
  stepExecution.executionContext = executionContext
}

/** Stores an entry of the step's context at once. */
async function keep({ stepExecution, inner }: StepRuntime, key: string, value: unknown): Promise<void> {
  const executionContext = stepExecution.executionContext.copy()
  putReserved(executionContext, key, value)
  stepExecution.executionContext = executionContext
  await storeStep(stepExecution, inner)
}

function identifying(parameters: JobParameters): object {
  return parameterValues(new Map([...parameters].filter(([, parameter]) => parameter.identifying)))
}
