import type { JobExecution } from '../domain/job-execution.js'
import type { Progress } from '../domain/progress.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { ItemReader } from '../item/item-reader.js'
import { type ProgressWatch, progressWatches } from '../listener/progress-listener.js'
import type { StepListener } from '../listener/step-listener.js'
import type { Clock } from '../support/clock.js'
import type { Json } from '../support/json.js'
import { type PartitionsBefore, PartitionProgress, type PartProgress } from './partition-progress.js'
import { measure } from './progress-math.js'

/** Who wants to know how far the steps are. */
export interface SceneProgress {
  /** Those of the job. */
  readonly watches: readonly ProgressWatch[]
  /** The progress of the step that what runs is a partition of, or is inside a partition of. */
  readonly partOf?: StepProgress | undefined
}

/** What a step's progress is made of. */
export interface ProgressScene {
  readonly jobExecution: JobExecution
  readonly progress: SceneProgress
  readonly clock: Clock
}

/** The input of a step that reads. */
export interface ProgressInput {
  readonly reader: ItemReader<unknown>
  /** Items that earlier executions have read and this one does not read again. */
  readonly earlier: number
  /** Where reading begins. */
  readonly position: Json | undefined
  /** Whether what is committed is all that lies before the position of the last chunk. */
  readonly inOrder: boolean
}

interface Watching {
  readonly watch: ProgressWatch
  /** When it was told, on the clock; `undefined` while it is being told. */
  told: number | undefined
  /** What its own `total` has given. */
  total: number | undefined
}

/** How far an execution of a step is, for those who want to know; partitions add to that of their step. */
export class StepProgress implements StepListener {
  readonly #watching: readonly Watching[]
  readonly #partOf: StepProgress | undefined
  readonly #stepExecution: StepExecution
  readonly #jobExecution: JobExecution
  readonly #clock: Clock
  #begun: number | undefined
  #input: ProgressInput | undefined
  #partitions: PartitionProgress | undefined
  #items = 0
  #total: number | undefined
  #position: Json | undefined

  private constructor(
    watches: readonly ProgressWatch[],
    stepExecution: StepExecution,
    { jobExecution, progress, clock }: ProgressScene,
  ) {
    this.#watching = watches.map((watch) => ({ watch, told: 0, total: undefined }))
    this.#partOf = progress.partOf
    this.#stepExecution = stepExecution
    this.#jobExecution = jobExecution
    this.#clock = clock
    progress.partOf?.beginPart(this)
  }

  /** That of a step execution; `undefined` when nobody wants to know. */
  static of(
    listeners: readonly StepListener[],
    stepExecution: StepExecution,
    scene: ProgressScene,
  ): StepProgress | undefined {
    const { watches, partOf } = scene.progress
    // Those of the job hear of partitions by their step.
    const all = [...(partOf === undefined ? watches : []), ...progressWatches(listeners)]
    return all.length === 0 && partOf === undefined ? undefined : new StepProgress(all, stepExecution, scene)
  }

  /** The step has opened its input. */
  async beginReading(input: ProgressInput): Promise<void> {
    this.#input = input
    this.#position = input.position
    await this.#begin()
  }

  /** The step knows which of its partitions are left to run. */
  async beginPartitions(before: PartitionsBefore): Promise<void> {
    this.#partitions = new PartitionProgress(before)
    await this.#begin()
  }

  /** A chunk has committed; `undefined` when nobody needs to be told now. */
  committed(items: number, position: Json | undefined): Promise<void> | undefined {
    this.#position = position
    return this.addItems(items)
  }

  /** The step has ended, as its execution says. */
  async afterStep({ status }: StepExecution): Promise<void> {
    const isCompleted = status === 'COMPLETED'
    // What has completed knows how much it was.
    const total = isCompleted ? (this.#input?.earlier ?? 0) + this.#items : this.#total
    this.#partOf?.endPart(this, isCompleted, total)
    if (this.#begun !== undefined) await this.#tell(this.#watching)
  }

  /** How many items the input has in all, if it is known. */
  async total(): Promise<number | undefined> {
    if (this.#partitions !== undefined) return this.#partitions.total()
    // One that has ended is closed: what it has said counts.
    if (this.#stepExecution.status === 'STARTED') this.#total ??= await this.#input?.reader.total?.()
    return this.#total
  }

  /** A partition of this step begins. What runs in a flow inside a partition is none. */
  beginPart(part: PartProgress): void {
    this.#partitions?.begin(part)
  }

  /** A partition of this step has ended. */
  endPart(part: PartProgress, isCompleted: boolean, total: number | undefined): void {
    this.#partitions?.end(part, isCompleted, total)
  }

  async #begin(): Promise<void> {
    this.#begun = this.#clock.monotonic()
    if (this.#partOf !== undefined) await this.total()
    await this.#tell(this.#watching)
  }

  /** So many items more are read and committed, in this step or in one that is part of it. */
  addItems(items: number): Promise<void> | undefined {
    this.#items += items
    const now = this.#clock.monotonic()
    const due = this.#watching.filter(({ told, watch }) => told !== undefined && now - told >= watch.every)
    const above = this.#partOf?.addItems(items)
    if (due.length === 0) return above
    return above === undefined ? this.#tell(due) : above.then(() => this.#tell(due))
  }

  async #tell(watching: readonly Watching[]): Promise<void> {
    if (watching.length === 0) return
    for (const one of watching) one.told = undefined
    const total = await this.total()
    for (const one of watching) {
      if (total === undefined) one.total ??= await one.watch.total?.(this.#stepExecution.stepName)
      await one.watch.tell(this.#measure(total ?? one.total))
      one.told = this.#clock.monotonic()
    }
  }

  #measure(total: number | undefined): Progress {
    const { stepName, id, status } = this.#stepExecution
    const { reader, position, inOrder = false, earlier: read = 0 } = this.#input ?? {}
    const extentAt = (at: Json | undefined): Progress['extent'] => (inOrder ? reader?.extentAt?.(at) : undefined)
    const earlier = this.#partitions?.before.items ?? read
    const elapsed = this.#clock.monotonic() - (this.#begun ?? 0)
    const now = {
      total,
      extent: extentAt(this.#position),
      partitions: this.#partitions?.counts,
      elapsed,
    }
    const before = {
      extentBefore: extentAt(position)?.done ?? 0,
      partitionsBefore: this.#partitions?.before.completed ?? 0,
    }
    const { jobName, id: jobExecutionId } = this.#jobExecution
    return {
      ...{ jobName, jobExecutionId, stepName, stepExecutionId: id, status, items: earlier + this.#items },
      ...now,
      ...measure({ ...now, ...before, earlier, items: this.#items }),
      ...(status === 'COMPLETED' ? { fraction: 1, timeLeft: 0 } : {}),
    }
  }
}
