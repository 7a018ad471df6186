import type { BatchStatus } from '../domain/batch-status.js'
import { describeError } from '../domain/describe-error.js'
import type { ReadonlyExecutionContext } from '../domain/execution-context.js'
import { ExitStatus } from '../domain/exit-status.js'
import type { StepContext } from '../domain/step-context.js'
import { StopRequestedError } from '../domain/step-errors.js'
import type { Mutable, StepExecution } from '../domain/step-execution.js'
import { notifier } from '../listener/notify.js'
import type { StepListener } from '../listener/step-listener.js'
import { stepChannel, type StepTrace } from '../listener/traces.js'
import { storeEnd } from '../repository/store-end.js'
import { Deadline } from '../support/deadline.js'
import { traced, traceError } from '../support/traced.js'
import { beginStep } from './begin-step.js'
import { StepProgress } from './step-progress.js'
import { promote } from './promotion.js'
import type { StepScene } from './step-scene.js'
import type { Step, StepEnd, StepResult, StepRuntime } from './step.js'
import { isAbortOf, isStopRequested } from './stopping.js'

const COMPLETED: StepEnd = { status: 'COMPLETED', exitStatus: ExitStatus.COMPLETED }

/**
 * Runs a step in a job execution, by the rules of restart: what has completed is not run again unless it allows it, what
 * failed or stopped goes on with its context. Rejects only when the step could not be begun or its end not be stored; a
 * step that fails resolves, FAILED.
 */
export async function runStep(step: Step<never>, scene: StepScene): Promise<StepResult> {
  const begun = await beginStep(step, scene)
  if (!begun.reused) await runBegun(step, begun.execution, scene)
  return begun
}

/** Runs a step whose execution has begun, and stores how it ended. Rejects only when that could not be stored. */
export async function runBegun(step: Step<never>, begun: StepExecution, scene: StepScene): Promise<void> {
  const trace = traceOf(step, begun, scene)
  await traced(stepChannel, trace, () => runTraced(step, begun, scene, trace))
}

function traceOf({ partitioned }: Step<never>, stepExecution: StepExecution, { traces }: StepScene): StepTrace {
  const { job, step: inside, partition } = traces
  const isPart = inside !== undefined && partition !== undefined
  return {
    stepExecution,
    stepName: isPart ? inside.stepName : stepExecution.stepName,
    partition: isPart && inside.partition !== undefined ? `${inside.partition}:${partition}` : partition,
    partitioned: partitioned === true,
    job,
    inside,
  }
}

async function runTraced(step: Step<never>, begun: StepExecution, scene: StepScene, trace: StepTrace): Promise<void> {
  const stepExecution: Mutable<StepExecution> = begun
  const { logger } = scene
  logger.info({ step: stepExecution.stepName, stepExecutionId: stepExecution.id }, 'step started')
  const before = scene.jobExecution.executionContext.copy()
  await execute(step, stepExecution, scene, trace)
  promoteOrFail(step, stepExecution, before, scene)
  await storeStep(stepExecution, scene)
  logEnd(scene, stepExecution)
  if (stepExecution.status === 'FAILED') traceError(stepChannel, trace, stepExecution.failures[0])
}

/** Stores a step as it stands now, mostly at its end, and with it what has changed in the job's context. */
export async function storeStep(stepExecution: Mutable<StepExecution>, scene: StepScene): Promise<void> {
  const { repository, lease, clock, logger, jobContextTurn } = scene
  const jobContext = scene.jobExecution.executionContext
  const store = async (): Promise<void> => {
    const changed = jobContext.isDirty ? jobContext.copy() : undefined
    jobContext.markClean()
    // Not ended by the step's signal: a stop is what is stored.
    const stored = await storeEnd(
      { clock, logger, what: 'storing the end of a step', maxAttempts: 7 },
      stepExecution,
      () => repository.updateStepExecution(stepExecution, lease, changed),
      () => repository.getStepExecution(stepExecution.id),
    )
    Object.assign(stepExecution, stored, { failures: stepExecution.failures })
  }
  await (jobContext.isDirty ? jobContextTurn.run(store) : store())
}

/** What the step promotes goes to the job's context; what cannot go there fails the step. */
function promoteOrFail(
  { promotion }: Step<never>,
  stepExecution: Mutable<StepExecution>,
  before: ReadonlyExecutionContext,
  { jobExecution, logger }: StepScene,
): void {
  try {
    promote({ promotion, stepExecution, before, jobContext: jobExecution.executionContext, logger })
  } catch (error) {
    stepExecution.status = 'FAILED'
    stepExecution.exitStatus = ExitStatus.FAILED.withDescription(describeError(error))
    stepExecution.failures = [...stepExecution.failures, error]
  }
}

/** Runs the step and its listeners; leaves the outcome in the step execution. */
async function execute(
  step: Step<never>,
  stepExecution: Mutable<StepExecution>,
  scene: StepScene,
  trace: StepTrace,
): Promise<void> {
  const abortController = new AbortController()
  const progress = StepProgress.of(step.listeners, stepExecution, scene)
  const runtime = stepRuntime(scene, stepExecution, abortController, { trace, progress })
  const { deadline } = runtime
  const unsubscribe = scene.deadline.onPassed((reason) => deadline.pass(reason))
  try {
    await deadline.race(notifier(step.listeners, 'beforeStep')?.(runtime.context))
    setEnd(stepExecution, (await step.execute(runtime)) ?? COMPLETED, scene)
  } catch (error) {
    setFailure(stepExecution, error, scene)
  }
  unsubscribe()
  // Whoever ran for this step and still holds its signal may end now.
  abortController.abort(new StopRequestedError())
  await tellAfterStep(progress === undefined ? step.listeners : [...step.listeners, progress], stepExecution)
}

function stepRuntime(
  scene: StepScene,
  stepExecution: Mutable<StepExecution>,
  abortController: AbortController,
  { trace, progress }: Pick<StepRuntime, 'trace' | 'progress'>,
): StepRuntime {
  const signal = AbortSignal.any([scene.signal, abortController.signal])
  const context: StepContext<unknown> = {
    parameters: scene.parameters,
    stepExecution,
    get executionContext() {
      return stepExecution.executionContext
    },
    jobExecutionContext: scene.jobExecution.executionContext,
    signal,
    logger: scene.logger,
  }
  const deadline = new Deadline()
  deadline.onPassed((reason) => abortController.abort(reason))
  return {
    stepExecution,
    context,
    deadline,
    trace,
    progress,
    inner: {
      ...scene,
      signal,
      deadline,
      traces: { job: trace.job, step: trace },
      // What runs inside a partition adds to it.
      progress: scene.progress.partOf === undefined ? scene.progress : { watches: [], partOf: progress },
    },
    repository: scene.repository,
    lease: scene.lease,
    clock: scene.clock,
    abort: (reason) => abortController.abort(reason),
    requestStop: scene.requestStop,
    ownershipLost: scene.ownershipLost,
  }
}

function setEnd(
  stepExecution: Mutable<StepExecution>,
  { status, exitStatus, failures = [] }: StepEnd,
  { ownershipLost }: StepScene,
): void {
  const lost = status === 'COMPLETED' ? undefined : ownershipLost()
  if (lost !== undefined) throw lost
  stepExecution.status = status
  stepExecution.exitStatus = exitStatus
  stepExecution.failures = [...stepExecution.failures, ...failures]
}

function setFailure(stepExecution: Mutable<StepExecution>, error: unknown, { signal, ownershipLost }: StepScene): void {
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

function logEnd({ logger }: StepScene, execution: StepExecution): void {
  const fields = { step: execution.stepName, status: execution.status, ...execution.counts }
  if (execution.status === 'FAILED') logger.error({ ...fields, error: execution.failures[0] }, 'step failed')
  else logger.info(fields, `step ${execution.status.toLowerCase()}`)
}
