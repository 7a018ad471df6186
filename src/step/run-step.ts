import type { BatchStatus } from '../domain/batch-status.js'
import { describeError } from '../domain/describe-error.js'
import { ExecutionContext } from '../domain/execution-context.js'
import { ExitStatus } from '../domain/exit-status.js'
import type { JobExecution } from '../domain/job-execution.js'
import type { OwnershipLostError } from '../domain/ownership-errors.js'
import type { StepContext } from '../domain/step-context.js'
import { StartLimitExceededError, StepStateUnknownError, StopRequestedError } from '../domain/step-errors.js'
import type { Mutable, StepExecution } from '../domain/step-execution.js'
import { notifier } from '../listener/notify.js'
import type { StepListener } from '../listener/step-listener.js'
import type { JobRepository, StepHistory } from '../repository/job-repository.js'
import type { Lease } from '../repository/lease.js'
import { storeEnd } from '../repository/store-end.js'
import { retryTransient } from '../sql/retry-transient.js'
import type { Clock } from '../support/clock.js'
import { Deadline } from '../support/deadline.js'
import type { Logger } from '../support/logger.js'
import { checkCrashes } from './crash-loop.js'
import type { Step, StepRuntime } from './step.js'
import { isAbortOf, isStopRequested } from './stopping.js'

/** What a job gives to run one of its steps. */
export interface StepRun {
  readonly step: Step<never>
  readonly jobExecution: Mutable<JobExecution>
  readonly parameters: unknown
  /** Whether the instance may have executions before this one. */
  readonly restarted: boolean
  readonly repository: JobRepository
  readonly lease: Lease
  /** The job's signal. */
  readonly signal: AbortSignal
  /** The job's deadline. */
  readonly deadline: Deadline
  readonly requestStop: () => void
  /** Why nothing more may be written, or `undefined`. A stop asked before does not hide it, as it does in the signal. */
  readonly ownershipLost: () => OwnershipLostError | undefined
  /** After how many crashes in a row at one place the step is not run again; `undefined`: it is run. */
  readonly maxCrashes: number | undefined
  readonly logger: Logger
  readonly clock: Clock
}

/** How a step ended. */
export interface StepResult {
  readonly execution: StepExecution
  /** Whether the step had completed in an earlier execution and was not run again. */
  readonly reused: boolean
}

/**
 * Runs a step in a job execution, by the rules of restart: what has completed is not run again unless it allows it, what
 * failed or stopped goes on with its context. Rejects only when the step could not be begun or its end not be stored; a
 * step that fails resolves, FAILED.
 */
export async function runStep(run: StepRun): Promise<StepResult> {
  const { step, repository, lease } = run
  const begun = await beginStep(run)
  if (begun.reused) return begun
  const stepExecution: Mutable<StepExecution> = begun.execution
  run.logger.info({ step: step.name, stepExecutionId: stepExecution.id }, 'step started')
  await execute(run, stepExecution)
  const { clock, logger } = run
  // Not ended by the step's signal: a stop is what is stored.
  const stored = await storeEnd(
    { clock, logger, what: 'storing the end of a step', maxAttempts: 7 },
    stepExecution,
    () => repository.updateStepExecution(stepExecution, lease),
    () => repository.getStepExecution(stepExecution.id),
  )
  Object.assign(stepExecution, stored, { failures: stepExecution.failures })
  logEnd(run, stepExecution)
  return { execution: stepExecution, reused: false }
}

/** The step's execution: one that the start has stored, a new one, or an earlier one that is not to be run again. */
async function beginStep({ step, repository, jobExecution, lease, ...run }: StepRun): Promise<StepResult> {
  const [first] = jobExecution.stepExecutions
  if (first?.stepName === step.name && first.status === 'STARTED') return { execution: first, reused: false }
  const { clock, logger } = run
  const retry = { clock, logger, what: 'beginning a step', maxAttempts: 7 }
  const find = (): Promise<StepHistory | undefined> => repository.findStepHistory(lease.jobInstanceId, step.name)
  const history = run.restarted ? await retryTransient(retry, find) : undefined
  if (history !== undefined && isDone(step, history)) return { execution: history.last, reused: true }
  if (history !== undefined) await checkCrashes(repository, history.last, run.maxCrashes)
  const executionContext = contextToStartWith(step, history)
  const create = (): Promise<StepExecution> =>
    repository.createStepExecution({ lease, stepName: step.name, executionContext })
  const execution = await retryTransient(retry, create)
  jobExecution.stepExecutions = [...jobExecution.stepExecutions, execution]
  return { execution, reused: false }
}

function isDone(step: Step<never>, { last, count }: StepHistory): boolean {
  if (last.status === 'UNKNOWN') throw new StepStateUnknownError(step.name, last.id)
  if (last.status === 'ABANDONED') return true
  if (last.status === 'COMPLETED' && !step.allowStartIfComplete) return true
  if (step.startLimit !== undefined && count >= step.startLimit) {
    throw new StartLimitExceededError(step.name, step.startLimit)
  }
  return false
}

function contextToStartWith(step: Step<never>, history: StepHistory | undefined): ExecutionContext {
  if (history === undefined || history.last.status === 'COMPLETED') return new ExecutionContext()
  return history.last.executionContext.copy()
}

/** Runs the step and its listeners; leaves the outcome in the step execution. */
async function execute(run: StepRun, stepExecution: Mutable<StepExecution>): Promise<void> {
  const { step } = run
  const abortController = new AbortController()
  const runtime = stepRuntime(run, stepExecution, abortController)
  const { deadline } = runtime
  const unsubscribe = run.deadline.onPassed((reason) => deadline.pass(reason))
  let failure: { readonly error: unknown } | undefined
  try {
    await deadline.race(notifier(step.listeners, 'beforeStep')?.(runtime.context))
    await step.execute(runtime)
  } catch (error) {
    failure = { error }
  }
  unsubscribe()
  setOutcome(stepExecution, failure, run)
  // Whoever ran for this step and still holds its signal may end now.
  abortController.abort(new StopRequestedError())
  await tellAfterStep(step.listeners, stepExecution)
}

function stepRuntime(
  run: StepRun,
  stepExecution: Mutable<StepExecution>,
  abortController: AbortController,
): StepRuntime {
  const context: StepContext<unknown> = {
    parameters: run.parameters,
    stepExecution,
    get executionContext() {
      return stepExecution.executionContext
    },
    jobExecutionContext: run.jobExecution.executionContext,
    signal: AbortSignal.any([run.signal, abortController.signal]),
    logger: run.logger,
  }
  const deadline = new Deadline()
  deadline.onPassed((reason) => abortController.abort(reason))
  return {
    stepExecution,
    context,
    deadline,
    repository: run.repository,
    lease: run.lease,
    clock: run.clock,
    abort: (reason) => abortController.abort(reason),
    requestStop: run.requestStop,
    ownershipLost: run.ownershipLost,
  }
}

function setOutcome(
  stepExecution: Mutable<StepExecution>,
  failure: { readonly error: unknown } | undefined,
  { signal, ownershipLost }: StepRun,
): void {
  if (failure === undefined) {
    stepExecution.status = 'COMPLETED'
    stepExecution.exitStatus = ExitStatus.COMPLETED
    return
  }
  const { error } = failure
  const lost = ownershipLost()
  const stopped =
    lost === undefined && isStopRequested(signal) && (error instanceof StopRequestedError || isAbortOf(signal, error))
  stepExecution.status = (stopped ? 'STOPPED' : 'FAILED') satisfies BatchStatus
  if (stopped) {
    stepExecution.exitStatus = ExitStatus.STOPPED
    return
  }
  // A fenced step fails with whatever its last statement met; the reason it is over is the lost lease.
  const cause = lost ?? error
  stepExecution.failures = [...stepExecution.failures, cause]
  stepExecution.exitStatus = ExitStatus.FAILED.withDescription(describeError(cause))
}

/** Tells the listeners of the end, last first; each may raise the exit status, and none can stop the others. */
async function tellAfterStep(listeners: readonly StepListener[], stepExecution: Mutable<StepExecution>): Promise<void> {
  for (const listener of listeners.toReversed()) {
    try {
      const raised = await listener.afterStep?.(stepExecution)
      if (raised !== undefined) stepExecution.exitStatus = stepExecution.exitStatus.and(raised)
    } catch (error) {
      stepExecution.failures = [...stepExecution.failures, error]
      stepExecution.exitStatus = stepExecution.exitStatus.withDescription(`afterStep: ${describeError(error)}`)
    }
  }
}

function logEnd({ logger }: StepRun, execution: StepExecution): void {
  const fields = { step: execution.stepName, status: execution.status, ...execution.counts }
  if (execution.status === 'FAILED') logger.error({ ...fields, error: execution.failures[0] }, 'step failed')
  else logger.info(fields, `step ${execution.status.toLowerCase()}`)
}
