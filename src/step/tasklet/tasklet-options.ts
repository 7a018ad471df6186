import { OptionCheck } from '../../domain/check-option.js'
import type { TaskletStepListener } from '../../listener/step-listener.js'
import type { Duration } from '../../support/duration.js'
import type { TransactionManager } from '../../transaction/transaction.js'
import { type CheckedStepOptions, checkStepOptions, STEP_OPTIONS } from '../check-step-options.js'
import { checkRetry, type RetryOptions, type RetryPolicy } from '../fault/retry-policy.js'
import type { StepOptions } from '../step.js'
import { checkTimeout } from '../time-limit.js'
import type { OutsideTasklet, Tasklet, TaskletResult } from './tasklet.js'

/**
 * How long a tasklet step may take. When the time is over, the signal is aborted with a `TimeoutError`, the transaction is
 * rolled back and its connection closed, and the step fails; code that does not end by itself is not waited for, and
 * cannot write any more. Code that never gives control back cannot be interrupted.
 */
export interface TaskletTimeouts {
  /** One call with its commit, attempts and their waiting included. Default: as long as it takes. */
  readonly call?: Duration
  /** The step as a whole, in one execution. Default: as long as it takes. */
  readonly step?: Duration
}

/** Options of {@link taskletStep}. */
export interface TaskletStepOptions extends StepOptions {
  /**
   * The transactions of the calls. Default: the repository's own, so that rows and context commit together. A manager of
   * another database makes the step at-least-once. Not for a tasklet outside of the transaction.
   */
  readonly transaction?: TransactionManager
  /**
   * Says that all the tasklet does is rolled back with the transaction, which makes the step exactly-once. Default: what
   * the tasklet says itself, else false: it counts as outside.
   */
  readonly transactional?: boolean
  /**
   * True: the calls run outside of any transaction and hold no connection, for slow work such as requests; see
   * {@link OutsideTasklet}. Default: what the tasklet says itself, else false.
   */
  readonly outside?: boolean
  /**
   * After which errors a call is made again, in a new transaction. Default: nothing but transient errors of the call's
   * transaction (deadlocks, lost connections), after which it is made up to 5 times, after 100 ms, doubling to 2 s,
   * whatever is given here. `maxAttempts` counts the attempts at one call, the first included.
   */
  readonly retry?: RetryOptions | RetryPolicy
  /** How long a call and the step may take: `{ call, step }`. Default: as long as they take. */
  readonly timeout?: TaskletTimeouts
  /** Listeners, told in this order of what begins and in reverse of what ends. Default: none. */
  readonly listeners?: readonly TaskletStepListener[]
}

/** A tasklet as the engine sees it, when types no longer matter. */
export interface AnyTasklet {
  readonly execute: (context: never) => TaskletResult | Promise<TaskletResult>
  readonly transactional: boolean
  readonly outside: boolean
  readonly pool: object | undefined
  readonly connections: Tasklet['connections']
}

/** The options of a tasklet step, checked and complete. */
export interface CheckedTaskletOptions extends CheckedStepOptions<TaskletStepListener> {
  readonly tasklet: AnyTasklet
  /** `undefined`: the repository's. */
  readonly transaction: TransactionManager | undefined
  readonly retry: RetryOptions | RetryPolicy | undefined
  /** Milliseconds; `undefined` for no limit. */
  readonly callTimeout: number | undefined
  /** Milliseconds; `undefined` for no limit. */
  readonly stepTimeout: number | undefined
}

const KNOWN = ['transaction', 'transactional', 'outside', 'retry', 'timeout', ...STEP_OPTIONS] as const

/** Checks a tasklet and the options of its step. `owner` is how errors name the step: `taskletStep("load")`. */
export function checkTasklet(owner: string, tasklet: unknown, options: TaskletStepOptions): CheckedTaskletOptions {
  const check = new OptionCheck(owner)
  check.object(options, KNOWN)
  const { transaction, retry, timeout = {} } = options
  if (transaction !== undefined) check.methods('transaction', transaction, ['begin'], 'a transaction manager')
  checkRetry(check, retry)
  const checkTimes = new OptionCheck(`${owner}.timeout`)
  checkTimes.object(timeout, ['call', 'step'])
  const checked = anyTasklet(check, tasklet, options)
  if (checked.outside && transaction !== undefined) {
    check.fail('transaction', transaction, 'left out: a tasklet outside of the transaction has none')
  }
  return {
    ...checkStepOptions<TaskletStepListener>(check, options),
    tasklet: checked,
    transaction,
    retry,
    callTimeout: checkTimeout(checkTimes, 'call', timeout.call),
    stepTimeout: checkTimeout(checkTimes, 'step', timeout.step),
  }
}

function anyTasklet(check: OptionCheck, tasklet: unknown, options: TaskletStepOptions): AnyTasklet {
  const object = (typeof tasklet === 'function' ? { execute: tasklet } : tasklet) as Tasklet<never>
  check.methods('tasklet', object, ['execute'], 'a function, or an object with `execute`')
  const { transactional = object.transactional ?? false } = options
  const { outside = (object as Tasklet | OutsideTasklet).outside ?? false } = options
  check.boolean('transactional', transactional)
  check.boolean('outside', outside)
  if (outside && transactional) {
    check.fail('transactional', transactional, 'false for a tasklet that runs outside of the transaction')
  }
  return {
    execute: (context) => object.execute(context),
    transactional,
    outside,
    pool: object.pool,
    connections: object.connections,
  }
}
