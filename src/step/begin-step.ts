import { ExecutionContext } from '../domain/execution-context.js'
import { StartLimitExceededError, StepStateUnknownError } from '../domain/step-errors.js'
import type { StepExecution } from '../domain/step-execution.js'
import { retryTransient } from '../sql/retry-transient.js'
import { checkCrashes } from './crash-loop.js'
import { markNextRun } from './step-key.js'
import { markPass, type PassHistory } from './step-passes.js'
import type { StepScene } from './step-scene.js'
import type { Step, StepResult } from './step.js'

/**
 * The step's execution: one that the start has stored, a new one, or an earlier one that is not to be run again.
 *
 * @throws StartLimitExceededError, StepStateUnknownError, CrashLoopError
 */
export async function beginStep(step: Step<never>, scene: StepScene): Promise<StepResult> {
  const { jobExecution, repository, lease, clock, logger } = scene
  const pass = scene.passes.next(step.name)
  const [first] = jobExecution.stepExecutions
  if (first?.stepName === step.name && first.status === 'STARTED') {
    scene.passes.begin(step.name)
    return { execution: first, reused: false }
  }
  const retry = { clock, logger, what: 'beginning a step', maxAttempts: 7 }
  // An instance that begins now has only what this execution has run: the passes before this one.
  const history = scene.restarted
    ? await retryTransient(retry, () => scene.passes.find(repository, lease.jobInstanceId, step.name, pass))
    : { last: undefined, count: scene.passes.begunOf(step.name) }
  const done = doneBefore(step, history)
  if (done !== undefined) {
    scene.passes.reuse()
    return { execution: done, reused: true }
  }
  scene.passes.begin(step.name)
  await checkCrashesOf(step, history, scene)
  const executionContext = contextToStartWith(history)
  markPass(executionContext, pass)
  const request = { lease, stepName: step.name, executionContext }
  const execution = await retryTransient(retry, () => repository.createStepExecution(request))
  // Not a copy with one more: a flow of many thousand steps would take quadratic time.
  ;(jobExecution.stepExecutions as StepExecution[]).push(execution)
  return { execution, reused: false }
}

async function checkCrashesOf(
  step: Step<never>,
  { last }: PassHistory,
  { repository, maxCrashes }: StepScene,
): Promise<void> {
  if (last === undefined || step.delegates?.(last.executionContext) === true) return
  await checkCrashes(repository, last, maxCrashes)
}

/** The execution whose result counts, if the step is not to be run again. */
function doneBefore(step: Step<never>, { last, count }: PassHistory): StepExecution | undefined {
  if (last?.status === 'UNKNOWN') throw new StepStateUnknownError(step.name, last.id)
  if (last?.status === 'ABANDONED') return last
  if (last?.status === 'COMPLETED' && !step.allowStartIfComplete) return last
  if (step.startLimit !== undefined && count >= step.startLimit) {
    throw new StartLimitExceededError(step.name, step.startLimit)
  }
  return undefined
}

function contextToStartWith({ last }: PassHistory): ExecutionContext {
  if (last !== undefined && last.status !== 'COMPLETED') return last.executionContext.copy()
  const context = new ExecutionContext()
  if (last !== undefined) markNextRun(context, last.executionContext)
  return context
}
