import { isStorableText } from '../../domain/check-parameter.js'
import { isIterable } from '../../item/item-source.js'
import { ExecutionContext, putReserved, type ReadonlyExecutionContext } from '../../domain/execution-context.js'
import type { Partition, Partitioner, Partitions } from '../../domain/partition.js'
import type { PartitionSeed } from '../../repository/partitions.js'
import { retryTransient } from '../../sql/retry-transient.js'
import { markAsPartOf } from '../step-key.js'
import type { Step, StepRuntime } from '../step.js'
import { InvalidPartitionError } from './partition-errors.js'

/** In the step's context: which partitions it has. */
const PLAN = 'chunkwise.partitions'
/** The length of STEP_NAME. */
const MAX_NAME = 100
/** How many executions with their plans are looked at together: each may have many thousand names. */
const FEW = 20

/** How the work of a step was cut, for all the executions that it takes. */
export interface PartitionPlan {
  /** The grid size that the partitioner was given. */
  readonly gridSize: number
  readonly names: readonly string[]
  /** The id of the step execution that has stored the plan: those of its partitions are greater. */
  readonly after: number
}

/** The plan that an execution of the step has stored, if there is one. */
export function readPlan(context: ReadonlyExecutionContext): PartitionPlan | undefined {
  return context.get<PartitionPlan>(PLAN)
}

/** Whether another plan was stored for the step since. */
export async function isSuperseded(
  { repository, lease, clock, context, stepExecution }: StepRuntime,
  { after }: PartitionPlan,
): Promise<boolean> {
  const retry = { clock, logger: context.logger, what: 'looking for other plans', maxAttempts: 7 }
  for (let offset = 0; ; offset += FEW) {
    const page = { offset, limit: FEW }
    const found = await retryTransient(retry, () =>
      repository.listStepExecutions(lease.jobInstanceId, stepExecution.stepName, page),
    )
    const later = found.filter(({ id }) => id > after)
    if (later.some(({ executionContext }) => (readPlan(executionContext)?.after ?? after) !== after)) return true
    if (later.length < FEW) return false
  }
}

/** The name of a partition's step executions. */
export function partitionStepName(stepName: string, partition: string): string {
  return `${stepName}:${partition}`
}

/** How a step makes its plan. */
export interface PlanOptions {
  readonly partitioner: Partitioner<unknown>
  readonly gridSize: number
  readonly worker: Step<never>
}

/** Asks the partitioner, and stores the partitions and their plan together; `undefined` when there are none. */
export async function makePlan(
  runtime: StepRuntime,
  { partitioner, gridSize, worker }: PlanOptions,
): Promise<PartitionPlan | undefined> {
  const { context, deadline, stepExecution, repository, lease, clock } = runtime
  const given = async (): Promise<readonly PartitionSeed[]> => {
    const found = await partitioner.partition(gridSize, context)
    return collect(found, context.signal, { stepName: stepExecution.stepName, nested: worker.partitioned === true })
  }
  const partitions = await deadline.race(given())
  context.signal.throwIfAborted()
  if (partitions.length === 0) return undefined
  for (const { executionContext } of partitions) markAsPartOf(executionContext, stepExecution.executionContext)
  const before = `${stepExecution.stepName}:`.length
  const names = partitions.map(({ stepName }) => stepName.slice(before))
  const plan: PartitionPlan = { gridSize, names, after: stepExecution.id }
  const executionContext = stepExecution.executionContext.copy()
  putReserved(executionContext, PLAN, plan)
  const request = { lease, stepExecution: { ...stepExecution, executionContext }, partitions }
  const retry = { clock, logger: context.logger, what: 'storing the partitions of a step', maxAttempts: 7 }
  await retryTransient(retry, () => repository.createPartitions(request))
  stepExecution.executionContext = executionContext
  stepExecution.version++
  return plan
}

/** All partitions, checked. They are in memory until they are stored, no longer. */
async function collect(given: Partitions, signal: AbortSignal, owner: PlanOwner): Promise<readonly PartitionSeed[]> {
  const { stepName } = owner
  const seeds: PartitionSeed[] = []
  const names = new Set<string>()
  if (!isIterable(given))
    throw new InvalidPartitionError(stepName, given, 'a partitioner gives an array or an iterable')
  for await (const partition of given) {
    signal.throwIfAborted()
    const seed = seedOf(owner, partition)
    if (names.has(seed.stepName)) throw new InvalidPartitionError(stepName, partition.name, 'two have this name')
    names.add(seed.stepName)
    seeds.push(seed)
  }
  return seeds
}

interface PlanOwner {
  readonly stepName: string
  /** Whether each partition has partitions of its own. */
  readonly nested: boolean
}

function seedOf({ stepName, nested }: PlanOwner, partition: Partition): PartitionSeed {
  const { name, context } = (partition ?? {}) as Partial<Partition>
  if (typeof name !== 'string' || name === '') {
    throw new InvalidPartitionError(stepName, name, 'a partition is { name, context }, and its name is not empty')
  }
  if (nested && name.includes(':')) {
    throw new InvalidPartitionError(stepName, name, 'behind a colon stands the name of a partition of this one')
  }
  const ownName = partitionStepName(stepName, name)
  if (ownName.length > MAX_NAME) {
    throw new InvalidPartitionError(
      stepName,
      name,
      `${JSON.stringify(ownName)} has ${ownName.length} characters, and the name of a step execution at most ${MAX_NAME}`,
    )
  }
  if (!isStorableText(name)) {
    throw new InvalidPartitionError(stepName, name, 'no database stores NUL or half of a surrogate pair')
  }
  if (typeof context !== 'object' || context === null) {
    throw new InvalidPartitionError(stepName, name, 'its context must be an object of values')
  }
  try {
    return { stepName: ownName, executionContext: new ExecutionContext(context) }
  } catch (cause) {
    throw new InvalidPartitionError(stepName, name, 'its context has a value that cannot be stored', { cause })
  }
}
