import { randomUUID } from 'node:crypto'
import { addCounts, ExecutionContext, type Job, job, type JobRepository, type Step } from 'chunkwise'
import type { StepRuntime } from '../../src/step/step.js'
import { Deferred } from '../step/deferred.js'

/** A step that does just this. */
export function plainStep(name: string, execute: (runtime: StepRuntime) => Promise<void>): Step<never> {
  return { name, allowStartIfComplete: false, startLimit: undefined, listeners: [], execute }
}

/** A job of such steps. */
export function plainJob(steps: readonly Step<never>[], name = 'plain', maxCrashes = 5): Job {
  const [first, ...others] = steps
  let builder: { next(step: unknown): typeof builder; build(): Job } = job(name, { maxCrashes }).start(
    first as never,
  ) as never
  for (const step of others) builder = builder.next(step)
  return builder.build()
}

/** A job whose one step waits for its gate, or for its signal if it is `polite`. */
export function gated(polite = true): {
  readonly job: Job
  readonly gate: Deferred
  readonly runtimes: StepRuntime[]
  /** Resolves when the step runs for the first time. */
  readonly begun: Promise<void>
} {
  const begun = new Deferred()
  const gate = new Deferred()
  const runtimes: StepRuntime[] = []
  const step = plainStep('wait', async (runtime) => {
    runtimes.push(runtime)
    begun.resolve()
    const { signal } = runtime.context
    await (polite ? Promise.race([gate.promise, aborted(signal)]) : gate.promise)
  })
  return { job: plainJob([step]), gate, runtimes, begun: begun.promise }
}

/** Commits a checkpoint, as a chunk does. */
export async function commitOne({ repository, stepExecution, lease }: StepRuntime): Promise<void> {
  const transaction = await repository.transactionManager.begin()
  const counts = addCounts(stepExecution.counts, { commit: 1 })
  const answer = repository.saveCheckpoint({ ...stepExecution, counts }, lease, transaction)
  await transaction.commit()
  await answer
  Object.assign(stepExecution, { counts, version: stepExecution.version + 1 })
}

/** Leaves an execution as a process does that died in a step; resolves with its ids and its observed lease. */
export async function leaveDead(
  repository: JobRepository,
  { jobName = 'plain', stepName = 'wait', commits = 0 } = {},
): Promise<{ readonly jobExecutionId: number; readonly jobInstanceId: number }> {
  const ownerId = randomUUID()
  await repository.openOwner({ ownerId, leaseDuration: 0, onSessionLost: () => undefined })
  const { id, jobInstance } = await repository.createJobExecution({
    jobName,
    parameters: new Map(),
    restartable: true,
    ownerId,
  })
  const lease = { ownerId, jobInstanceId: jobInstance.id, jobExecutionId: id }
  const executionContext = new ExecutionContext()
  const stepExecution = await repository.createStepExecution({ lease, stepName, executionContext })
  for (let commit = 0; commit < commits; commit++) {
    await commitOne({ repository, lease, stepExecution } as StepRuntime)
  }
  return { jobExecutionId: id, jobInstanceId: jobInstance.id }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
