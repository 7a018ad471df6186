import { OptionCheck } from '../../domain/check-option.js'
import type { ReadonlyExecutionContext } from '../../domain/execution-context.js'
import { ExitStatus } from '../../domain/exit-status.js'
import type { Partitioner, PartitionerOption } from '../../domain/partition.js'
import type { NoParameters } from '../../domain/step-context.js'
import type { TaskExecutor } from '../../executor/task-executor.js'
import type { StepListener } from '../../listener/step-listener.js'
import type { Duration } from '../../support/duration.js'
import { type CheckedStepOptions, checkStepOptions, STEP_OPTIONS } from '../check-step-options.js'
import { CommonStep } from '../common-step.js'
import { type StepDefinition, stepDefinition } from '../step-definition.js'
import type { StepDescription } from '../step-description.js'
import type { ChunkChange, Step, StepEnd, StepOptions, StepRuntime } from '../step.js'
import type { TransactionManager } from '../../transaction/transaction.js'
import { checkTimeout, startTimeLimit } from '../time-limit.js'
import type { PartitionHandler } from './partition-handler.js'
import { isSuperseded, makePlan, type PartitionPlan, type PlanOptions, readPlan } from './partition-plan.js'
import { PartitionRun } from './partition-run.js'
import { TaskExecutorPartitionHandler } from './task-executor-partition-handler.js'

/** Options of {@link partitionStep}. */
export interface PartitionStepOptions<P = NoParameters> extends StepOptions {
  /** Cuts the work: a function of grid size and context, or an object with `partition`. Called once, not at a restart. */
  readonly partitioner: PartitionerOption<P>
  /**
   * What each partition runs, in a step execution of its own, called `step:partition` after the partitioned step. Its
   * reader, writer and processor are made for each partition, from the context with the partition's values. `startLimit`
   * counts for each partition.
   */
  readonly step: Step<P, string>
  /**
   * How many partitions run at once, and what the partitioner is told. A whole number from 1 to 10,000. Default: the
   * concurrency of `taskExecutor` if it has a limit, else 4. A restart has the grid size that the work was cut with.
   */
  readonly gridSize?: number
  /** What the partitions run on. One executor may serve many steps. Default: `gridSize` alone limits them. */
  readonly taskExecutor?: TaskExecutor
  /** Who runs the partitions. Default: a {@link TaskExecutorPartitionHandler} on `taskExecutor`. */
  readonly handler?: PartitionHandler
  /** How long one execution may take, its partitions included. At most 24 days. Default: as long as it takes. */
  readonly timeout?: Duration
  /**
   * Listeners, told in this order of what begins and in reverse of what ends. Those of `step` are told of partitions.
   * Default: none.
   */
  readonly listeners?: readonly StepListener[]
}

const KNOWN = [...STEP_OPTIONS, 'partitioner', 'step', 'gridSize', 'taskExecutor', 'handler', 'timeout'] as const

/** Without an executor. With a heartbeat, a transaction each and a page read ahead each: pg's default pool of ten. */
const GRID_SIZE = 4

const NONE: StepEnd = {
  status: 'COMPLETED',
  exitStatus: ExitStatus.COMPLETED.withDescription('the partitioner has given no partitions: there was nothing to do'),
}

/**
 * A step whose work is cut into partitions, which run side by side, each in a step execution of its own. The partitions are
 * stored before the first of them runs: a restart runs those that have not completed, each from its last committed
 * chunk, and never cuts anew. All run to their end, also when one fails; the step is COMPLETED when all of them are, else
 * STOPPED, or FAILED with {@link PartitionsFailedError}. Its counts are the sums of all executions of its partitions: do
 * not add them to those of the partitions. Its guarantee is the weakest of those that were run in this process.
 *
 * The partitions are not in `jobExecution.stepExecutions` while the job runs, so that memory does not grow with them; the
 * repository, and `operator.execution(id)`, have them.
 *
 * @example
 * ```ts
 * import { chunkStep, listPartitioner, partitionStep, type StepContext } from 'chunkwise'
 *
 * const loadCountries = chunkStep('loadCountries', {
 *   chunkSize: 100,
 *   reader: ({ executionContext }: StepContext) => executionContext.get<string[]>('values') ?? [],
 *   writer: (countries) => console.log(countries),
 * })
 * export const load = partitionStep('load', {
 *   partitioner: listPartitioner(['AT', 'CH', 'DE', 'FR']),
 *   step: loadCountries,
 *   gridSize: 2,
 * })
 * ```
 *
 * @throws InvalidOptionError
 */
export function partitionStep<const N extends string, P = NoParameters>(
  name: N,
  options: PartitionStepOptions<P>,
): Step<P, N> {
  new OptionCheck('partitionStep').text('name', name, 1, 100)
  return new PartitionStep<P, N>(name, checkPartitionOptions(`partitionStep(${JSON.stringify(name)})`, options))
}

/**
 * A partitioned step without a name: a class's method returns it. Options are those of {@link partitionStep}, checked at
 * once.
 *
 * @throws InvalidOptionError
 */
export function partition<P = NoParameters>(options: PartitionStepOptions<P>): StepDefinition<P> {
  checkPartitionOptions('partition', options)
  return stepDefinition('partition', options, partitionStep)
}

function checkPartitionOptions<P>(owner: string, options: PartitionStepOptions<P>): CheckedPartitionOptions {
  const check = new OptionCheck(owner)
  check.object(options, KNOWN)
  const { taskExecutor, handler, gridSize } = options
  if (taskExecutor !== undefined) {
    check.methods('taskExecutor', taskExecutor, ['submit', 'whileWaiting'], 'a task executor')
  }
  if (handler !== undefined) {
    check.methods('handler', handler, ['handle'], 'an object with `handle`')
    if (taskExecutor !== undefined) check.fail('taskExecutor', taskExecutor, 'left out: the handler has its own')
  }
  return {
    common: checkStepOptions(check, options),
    partitioner: checkPartitioner(check, options.partitioner),
    worker: checkWorker(check, options.step),
    gridSize: check.integer('gridSize', gridSize ?? defaultGridSize(taskExecutor), 1, 10_000),
    handler: handler ?? new TaskExecutorPartitionHandler(taskExecutor && { taskExecutor }),
    timeout: checkTimeout(check, 'timeout', options.timeout),
  }
}

function defaultGridSize(taskExecutor: TaskExecutor | undefined): number {
  const concurrency = taskExecutor?.concurrency ?? Infinity
  return Number.isFinite(concurrency) ? concurrency : GRID_SIZE
}

function checkPartitioner<P>(check: OptionCheck, partitioner: PartitionerOption<P>): Partitioner<unknown> {
  if (typeof partitioner === 'function') return { partition: partitioner } as Partitioner<unknown>
  check.methods('partitioner', partitioner, ['partition'], 'a function, or an object with `partition`')
  return partitioner as Partitioner<unknown>
}

function checkWorker<P>(check: OptionCheck, step: Step<P, string>): Step<never> {
  check.methods('step', step, ['execute'], 'a step')
  if (step.notForPartitions !== undefined) check.fail('step', step.name, step.notForPartitions)
  if (step.allowStartIfComplete) {
    check.fail('step', step.name, 'one without allowStartIfComplete: a partition that has completed is not run again')
  }
  return step as unknown as Step<never>
}

interface CheckedPartitionOptions extends PlanOptions {
  readonly common: CheckedStepOptions
  readonly handler: PartitionHandler
  readonly timeout: number | undefined
}

class PartitionStep<P, N extends string> extends CommonStep<P, N> {
  readonly partitioned = true
  readonly #options: CheckedPartitionOptions

  constructor(name: N, options: CheckedPartitionOptions) {
    super(name, options.common)
    this.#options = options
  }

  /** Once there is a plan, it is partitions that crash. */
  delegates(executionContext: ReadonlyExecutionContext): boolean {
    return readPlan(executionContext) !== undefined
  }

  checkParameters(declared: ReadonlySet<string>): void {
    this.#options.worker.checkParameters?.(declared)
  }

  describe(repository: TransactionManager): StepDescription {
    const { worker } = this.#options
    const { guarantee, reasons } = worker.describe?.(repository) ?? {}
    return { kind: 'partition', worker: worker.name, guarantee, reasons }
  }

  withChunks(change: ChunkChange): Step<P, N> {
    const { worker } = this.#options
    return new PartitionStep(this.name, { ...this.#options, worker: worker.withChunks?.(change) ?? worker })
  }

  async execute(runtime: StepRuntime): Promise<StepEnd> {
    const { deadline, clock, stepExecution } = runtime
    const subject = stepExecution.stepName
    const timer = startTimeLimit({ what: 'step', subject, deadline, clock }, this.#options.timeout)
    try {
      const { worker, handler } = this.#options
      const plan = (await this.#keptPlan(runtime)) ?? (await makePlan(runtime, this.#options))
      return plan === undefined ? NONE : await new PartitionRun(runtime, worker, plan).run(handler)
    } finally {
      timer?.cancel()
    }
  }

  /**
   * The plan of the execution before. An earlier pass of a loop that was run anew since, as only `allowStartIfComplete`
   * makes it, has used the names again: then nobody can tell any more what of the plan is done, and it is made anew.
   */
  async #keptPlan(runtime: StepRuntime): Promise<PartitionPlan | undefined> {
    const { stepExecution, context } = runtime
    const plan = readPlan(stepExecution.executionContext)
    if (plan === undefined || !this.allowStartIfComplete || !(await isSuperseded(runtime, plan))) return plan
    context.logger.warn({ step: stepExecution.stepName }, 'an earlier pass was run anew: all partitions are run again')
    return undefined
  }
}
