import { OptionCheck } from '../../domain/check-option.js'
import type { NoParameters } from '../../domain/step-context.js'
import type { TaskletStepListener } from '../../listener/step-listener.js'
import { TurnTaker } from '../../support/clock.js'
import type { TransactionManager } from '../../transaction/transaction.js'
import { checkConnections } from '../connections.js'
import { FaultTolerance } from '../fault/fault-tolerance.js'
import { guaranteeFor, reasonsToRepeat, stateGuarantee } from '../guarantee.js'
import { CommonStep } from '../common-step.js'
import { type StepDefinition, stepDefinition } from '../step-definition.js'
import type { StepDescription } from '../step-description.js'
import type { Step, StepEnd, StepRuntime } from '../step.js'
import { startTimeLimit } from '../time-limit.js'
import type { OutsideTasklet, OutsideTaskletFunction, Tasklet, TaskletFunction } from './tasklet.js'
import { TaskletCaller } from './tasklet-caller.js'
import { type CheckedTaskletOptions, checkTasklet, type TaskletStepOptions } from './tasklet-options.js'
import { readEnd } from './tasklet-place.js'
import type { Verdict } from './tasklet-result.js'

/**
 * A step that calls a tasklet until it says that it has finished. Each call is one transaction, which commits together with
 * what the call has put into the execution context: a restart goes on behind the last call that has committed, and a step
 * whose last call has committed is not called again.
 *
 * Rows written through the transaction into the repository's database are exactly-once; say so with `transactional: true`.
 * Slow work that does not write there belongs outside of the transaction: `outside: true`.
 *
 * @example
 * ```ts
 * import { taskletStep } from 'chunkwise'
 *
 * export const countDown = taskletStep('countDown', ({ executionContext }) => {
 *   const left = (executionContext.get<number>('left') ?? 3) - 1
 *   executionContext.put('left', left)
 *   return left > 0 ? 'CONTINUABLE' : 'FINISHED'
 * })
 * ```
 *
 * @throws InvalidOptionError an option cannot work: the error names it and quotes the value
 */
export function taskletStep<const N extends string, P = NoParameters>(
  name: N,
  tasklet: OutsideTasklet<P>,
  options?: TaskletStepOptions,
): Step<P, N>
export function taskletStep<const N extends string, P = NoParameters>(
  name: N,
  tasklet: OutsideTaskletFunction<P>,
  options: TaskletStepOptions & { readonly outside: true },
): Step<P, N>
export function taskletStep<const N extends string, P = NoParameters>(
  name: N,
  tasklet: Tasklet<P> | TaskletFunction<P>,
  options?: TaskletStepOptions & { readonly outside?: false },
): Step<P, N>
export function taskletStep<const N extends string, P>(
  name: N,
  tasklet: unknown,
  options: TaskletStepOptions = {},
): Step<P, N> {
  new OptionCheck('taskletStep').text('name', name, 1, 100)
  return new TaskletStep<P, N>(name, checkTasklet(`taskletStep(${JSON.stringify(name)})`, tasklet, options))
}

/**
 * A tasklet step without a name: a class's method returns it. Tasklet and options are those of {@link taskletStep}, checked
 * at once.
 *
 * @throws InvalidOptionError
 */
export function tasklet<P = NoParameters>(tasklet: OutsideTasklet<P>, options?: TaskletStepOptions): StepDefinition<P>
export function tasklet<P = NoParameters>(
  tasklet: OutsideTaskletFunction<P>,
  options: TaskletStepOptions & { readonly outside: true },
): StepDefinition<P>
export function tasklet<P = NoParameters>(
  tasklet: Tasklet<P> | TaskletFunction<P>,
  options?: TaskletStepOptions & { readonly outside?: false },
): StepDefinition<P>
export function tasklet<P>(tasklet: unknown, options: TaskletStepOptions = {}): StepDefinition<P> {
  checkTasklet('tasklet', tasklet, options)
  const make = taskletStep as (name: string, tasklet: unknown, options: TaskletStepOptions) => Step<never>
  return stepDefinition('tasklet', options, (name, all) => make(name, tasklet, all))
}

class TaskletStep<P, N extends string> extends CommonStep<P, N, TaskletStepListener> {
  readonly #options: CheckedTaskletOptions

  constructor(name: N, options: CheckedTaskletOptions) {
    super(name, options)
    this.#options = options
  }

  describe(repository: TransactionManager): StepDescription {
    const reasons = this.#reasonsToRepeat(this.#options.transaction ?? repository, repository)
    return { kind: 'tasklet', guarantee: guaranteeFor(reasons), reasons }
  }

  async execute(runtime: StepRuntime): Promise<StepEnd> {
    this.#checkConnections(runtime)
    this.#stateGuarantee(runtime)
    const { deadline, clock, stepExecution } = runtime
    // Not the name of the step: a partition has its own.
    const subject = stepExecution.stepName
    const timer = startTimeLimit({ what: 'step', subject, deadline, clock }, this.#options.stepTimeout)
    try {
      return { status: 'COMPLETED', exitStatus: await this.#callToTheEnd(runtime) }
    } finally {
      timer?.cancel()
    }
  }

  async #callToTheEnd(runtime: StepRuntime): Promise<Exclude<Verdict, 'CONTINUABLE'>> {
    const { context, clock, stepExecution } = runtime
    const ended = readEnd(stepExecution.executionContext)
    if (ended !== undefined) return ended
    const { tasklet, retry } = this.#options
    const faults = new FaultTolerance(context, clock, retry === undefined ? {} : { retry }, this.listeners)
    const caller = new TaskletCaller(runtime, { tasklet, transaction: this.#transaction(runtime), faults })
    const turns = new TurnTaker()
    for (;;) {
      // Also of a stop that the call before has learned of. One that comes with the last call stops nothing.
      context.signal.throwIfAborted()
      const verdict = await this.#inTime(runtime, caller)
      if (verdict !== 'CONTINUABLE') return verdict
      await turns.yield()
    }
  }

  async #inTime({ deadline, clock, stepExecution }: StepRuntime, caller: TaskletCaller): Promise<Verdict> {
    const subject = stepExecution.stepName
    const timer = startTimeLimit({ what: 'call', subject, deadline, clock }, this.#options.callTimeout)
    try {
      return await caller.call()
    } finally {
      timer?.cancel()
    }
  }

  #transaction({ repository }: StepRuntime): TransactionManager {
    return this.#options.transaction ?? repository.transactionManager
  }

  #checkConnections(runtime: StepRuntime): void {
    const { tasklet } = this.#options
    const users = {
      stepName: runtime.stepExecution.stepName,
      sideBySide: runtime.inner.sideBySide,
      transaction: this.#transaction(runtime),
      repository: runtime.repository.transactionManager,
    }
    const calls = (atOnce: number) => ({ what: 'calls', atOnce }) as const
    if (!tasklet.outside) return checkConnections({ ...users, tasklet, work: calls(1) })
    // First the one, then the other.
    checkConnections({ ...users, tasklet, work: calls(0) })
    checkConnections({ ...users, work: calls(1) })
  }

  #stateGuarantee(runtime: StepRuntime): void {
    const { transactionManager } = runtime.repository
    stateGuarantee(runtime, this.#reasonsToRepeat(this.#transaction(runtime), transactionManager))
  }

  #reasonsToRepeat(transaction: TransactionManager, repository: TransactionManager): readonly string[] {
    const { transactional, outside, pool } = this.#options.tasklet
    if (outside) return ['the tasklet runs outside of the transaction']
    return reasonsToRepeat({ what: 'tasklet', transactional, pool, transaction, repository })
  }
}
