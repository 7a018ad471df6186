import { OptionCheck } from '../../domain/check-option.js'
import type { TaskExecutor } from '../../executor/task-executor.js'
import type { PartitionHandler, PartitionRequest } from './partition-handler.js'

/** Options of {@link TaskExecutorPartitionHandler}. */
export interface TaskExecutorPartitionHandlerOptions {
  /** What the partitions run on. Default: nothing but the grid size limits how many run at once. */
  readonly taskExecutor?: TaskExecutor
}

/**
 * Runs partitions in this process, `gridSize` of them at once: what a partitioned step uses unless it is given another
 * handler. Its slot of the executor is free while it waits, and so is that of a partition that waits for its chunks: one
 * pool may serve splits, partitions and chunks together.
 *
 * @example
 * ```ts
 * import { type PartitionHandler, type PartitionRequest, TaskExecutorPartitionHandler } from 'chunkwise'
 *
 * export class CountingHandler implements PartitionHandler {
 *   readonly #inner = new TaskExecutorPartitionHandler()
 *   ran = 0
 *
 *   async handle(request: PartitionRequest) {
 *     this.ran += request.partitions.length
 *     await this.#inner.handle(request)
 *   }
 * }
 * ```
 *
 * Throws `InvalidOptionError`.
 */
export class TaskExecutorPartitionHandler implements PartitionHandler {
  readonly #executor: TaskExecutor | undefined

  constructor(options: TaskExecutorPartitionHandlerOptions = {}) {
    const check = new OptionCheck('TaskExecutorPartitionHandler')
    check.object(options, ['taskExecutor'])
    const { taskExecutor } = options
    if (taskExecutor !== undefined) {
      check.methods('taskExecutor', taskExecutor, ['submit', 'whileWaiting'], 'a task executor')
    }
    this.#executor = taskExecutor
  }

  /** Rejects, when all have ended, with the first error of the executor: a partition that it did not run is left. */
  async handle({ partitions, gridSize, signal, run }: PartitionRequest): Promise<void> {
    const executor = this.#executor
    const errors: unknown[] = []
    const names = partitions.values()
    const work = async (): Promise<void> => {
      for (const name of names) {
        if (signal.aborted) return
        try {
          await (executor?.submit(() => run(name)) ?? run(name))
        } catch (error) {
          errors.push(error)
        }
      }
    }
    const runAll = (): Promise<void[]> =>
      Promise.all(Array.from({ length: Math.min(gridSize, partitions.length) }, () => work()))
    await (executor?.whileWaiting(runAll) ?? runAll())
    if (errors.length > 0) throw errors[0]
  }
}
