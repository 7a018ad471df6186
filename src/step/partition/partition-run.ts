import { describeError } from '../../domain/describe-error.js'
import { ExitStatus } from '../../domain/exit-status.js'
import { OwnershipLostError } from '../../domain/ownership-errors.js'
import { addCounts, NO_COUNTS, type StepCounts } from '../../domain/step-counts.js'
import type { Guarantee, StepExecution } from '../../domain/step-execution.js'
import { MAX_PAGE } from '../../repository/page-bounds.js'
import type { StepSummary } from '../../repository/partitions.js'
import { putGuarantee } from '../guarantee.js'
import { retryTransient } from '../../sql/retry-transient.js'
import { runBegun } from '../run-step.js'
import type { StepScene } from '../step-scene.js'
import type { Step, StepEnd, StepRuntime } from '../step.js'
import { isAbortOf, isStopRequested } from '../stopping.js'
import { beginPartition } from './begin-partition.js'
import { InvalidPartitionError, PartitionsFailedError } from './partition-errors.js'
import type { PartitionHandler, PartitionRequest, PartitionResult } from './partition-handler.js'
import { type PartitionPlan, partitionStepName } from './partition-plan.js'

/** So many names are in an error. */
const NAMED = 10

/** What is left of a plan, as the repository says. */
interface Left {
  readonly count: number
  /** Some of them. */
  readonly names: readonly string[]
  /** Whether one of them has failed in this job execution. */
  readonly failed: boolean
}

/** One execution of a step that has partitions. Keeps nothing of a partition that has ended. */
export class PartitionRun {
  readonly #runtime: StepRuntime
  readonly #worker: Step<never>
  readonly #plan: PartitionPlan
  readonly #toRun = new Map<string, StepSummary>()
  readonly #running = new Set<Promise<unknown>>()
  #failure: { readonly error: unknown } | undefined
  #stopped = false
  #guarantee: Guarantee | undefined

  constructor(runtime: StepRuntime, worker: Step<never>, plan: PartitionPlan) {
    this.#runtime = runtime
    this.#worker = worker
    this.#plan = plan
    this.#guarantee = runtime.stepExecution.guarantee
  }

  /** Has the handler run what is not completed. The counts of the step are then the sums of all its partitions. */
  async run(handler: PartitionHandler): Promise<StepEnd> {
    const { deadline, stepExecution } = this.#runtime
    await this.#findWork()
    if (this.#toRun.size > 0) await this.#handle(handler)
    const left = await this.#sumUp()
    this.#stateGuarantee()
    if (left.count === 0) return { status: 'COMPLETED', exitStatus: ExitStatus.COMPLETED }
    deadline.assertNotPassed()
    if (!left.failed && this.#failure === undefined && (this.#stopped || isStopRequested(this.#runtime.inner.signal))) {
      return { status: 'STOPPED', exitStatus: ExitStatus.STOPPED }
    }
    const { count, names } = left
    const unfinished = { left: count, total: this.#plan.names.length, cause: this.#failure?.error }
    const error = new PartitionsFailedError(stepExecution.stepName, names, unfinished)
    return { status: 'FAILED', exitStatus: ExitStatus.FAILED.withDescription(describeError(error)), failures: [error] }
  }

  async #handle(handler: PartitionHandler): Promise<void> {
    const { deadline } = this.#runtime
    try {
      await deadline.race(handler.handle(this.#request()))
    } catch (error) {
      // What ends because the step is to end has not failed.
      if (!isAbortOf(this.#runtime.context.signal, error)) this.#fail(error)
    }
    // None begins any more. Those that run end by themselves when the deadline has passed: none may end behind the step.
    this.#toRun.clear()
    await Promise.allSettled(this.#running)
  }

  #request(): PartitionRequest {
    const { stepExecution, context, lease, inner, trace, progress } = this.#runtime
    const { gridSize } = this.#plan
    const partitions = [...this.#toRun.keys()]
    const sideBySide = inner.sideBySide * Math.min(gridSize, partitions.length)
    return {
      stepName: stepExecution.stepName,
      stepExecutionId: stepExecution.id,
      lease,
      gridSize,
      partitions,
      signal: context.signal,
      logger: context.logger,
      run: (partition) =>
        this.#run(partition, {
          ...inner,
          sideBySide,
          traces: { job: trace.job, step: trace, partition },
          progress: { watches: [], partOf: progress },
        }),
    }
  }

  async #run(partition: string, scene: StepScene): Promise<PartitionResult> {
    const running = this.#runOne(partition, scene)
    this.#running.add(running)
    const result = await running
    this.#running.delete(running)
    return result
  }

  async #runOne(partition: string, scene: StepScene): Promise<PartitionResult> {
    try {
      const start = this.#toRun.get(partition)
      if (start === undefined) {
        const reason = 'it is not to be run, or was run already'
        throw new InvalidPartitionError(this.#runtime.stepExecution.stepName, partition, reason)
      }
      if (scene.signal.aborted) return { partition, status: 'STOPPED', failures: [] }
      this.#toRun.delete(partition)
      const execution = await beginPartition(this.#worker, start, scene)
      await runBegun(this.#worker, execution, scene)
      return this.#resultOf(partition, execution)
    } catch (error) {
      this.#fail(error)
      // Nothing more can be written by any of them.
      if (error instanceof OwnershipLostError) this.#runtime.abort(error)
      return { partition, status: 'FAILED', failures: [error] }
    }
  }

  #resultOf(partition: string, { status, failures, guarantee }: StepExecution): PartitionResult {
    if (this.#guarantee !== 'at-least-once') this.#guarantee = guarantee ?? this.#guarantee
    if (status === 'STOPPED') this.#stopped = true
    if (status === 'COMPLETED' || status === 'STOPPED') return { partition, status, failures }
    this.#fail(failures[0])
    return { partition, status: 'FAILED', failures }
  }

  /** The first counts. */
  #fail(error: unknown): void {
    this.#failure ??= { error }
  }

  async #findWork(): Promise<void> {
    const before = { total: this.#plan.names.length, completed: 0, completedItems: 0, items: 0 }
    for await (const [name, summary] of this.#summaries()) {
      const { status } = summary.last
      if (status !== 'COMPLETED' && status !== 'ABANDONED') this.#toRun.set(name, summary)
      const { read } = this.#countsOf(summary)
      before.items += read
      if (status !== 'COMPLETED') continue
      before.completed++
      before.completedItems += read
    }
    await this.#runtime.deadline.race(this.#runtime.progress?.beginPartitions(before))
  }

  /** The latest execution of a step with partitions has the sum of all its executions already. */
  #countsOf({ last, counts }: StepSummary): StepCounts {
    return this.#worker.partitioned === true ? last.counts : counts
  }

  async #sumUp(): Promise<Left> {
    const { stepExecution, lease } = this.#runtime
    const names: string[] = []
    let counts = NO_COUNTS
    let completed = 0
    let failed = false
    for await (const [name, summary] of this.#summaries()) {
      const { status, jobExecutionId } = summary.last
      counts = addCounts(counts, this.#countsOf(summary))
      if (status === 'COMPLETED') completed++
      else if (names.length < NAMED) names.push(name)
      failed ||= jobExecutionId === lease.jobExecutionId && !UNFAILED.has(status)
    }
    stepExecution.counts = counts
    return { count: this.#plan.names.length - completed, names, failed }
  }

  /** What the repository has of each partition, in the order of the plan. */
  async *#summaries(): AsyncGenerator<readonly [name: string, summary: StepSummary]> {
    const { repository, lease, clock, context, stepExecution } = this.#runtime
    const { names, after } = this.#plan
    const retry = { clock, logger: context.logger, what: 'looking at partitions', maxAttempts: 7 }
    for (let from = 0; from < names.length; from += MAX_PAGE) {
      const page = names.slice(from, from + MAX_PAGE)
      const stepNames = page.map((name) => partitionStepName(stepExecution.stepName, name))
      const request = { jobInstanceId: lease.jobInstanceId, stepNames, after }
      const found = await retryTransient(retry, () => repository.summarizeSteps(request))
      const byName = new Map(found.map((summary) => [summary.stepName, summary]))
      for (const [index, name] of page.entries()) {
        const summary = byName.get(stepNames[index] as string)
        if (summary !== undefined) yield [name, summary]
      }
    }
  }

  /** The weakest of what the partitions that were run here have stated. */
  #stateGuarantee(): void {
    if (this.#guarantee !== undefined) putGuarantee(this.#runtime.stepExecution, this.#guarantee)
  }
}

const UNFAILED: ReadonlySet<string> = new Set(['COMPLETED', 'STARTING', 'STOPPED'])
