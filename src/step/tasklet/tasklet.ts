import type { ExecutionContext } from '../../domain/execution-context.js'
import type { ExitStatus } from '../../domain/exit-status.js'
import type { NoParameters, StepContext } from '../../domain/step-context.js'
import type { HeldConnections } from '../../item/item-reader.js'
import type { TransactionContext } from '../../transaction/transaction-context.js'

/**
 * What a call of a tasklet gives. Nothing, or `'FINISHED'`: the step ends, COMPLETED. `'CONTINUABLE'`: call it again. An
 * {@link ExitStatus}: the step ends, COMPLETED, with this exit code, which transitions match; to fail, throw.
 */
export type TaskletResult = void | null | undefined | 'FINISHED' | 'CONTINUABLE' | ExitStatus

/** What a tasklet is handed for one call, inside the call's transaction. */
export interface TaskletContext<P = NoParameters> extends TransactionContext<P> {
  /**
   * The call's idempotency key: job instance, step and number of the call. The same over retries and restarts, another for
   * each call that commits. Send it with every request that must not take effect twice.
   */
  readonly key: string
}

/** What a tasklet that runs outside of the transaction is handed for one call. */
export interface OutsideTaskletContext<P = NoParameters> extends StepContext<P> {
  /** The call's idempotency key, as in {@link TaskletContext}. */
  readonly key: string
  /** The step's context: puts are stored after the call, and undone when it fails. */
  readonly executionContext: ExecutionContext
}

/** A tasklet as a function. */
export type TaskletFunction<P = NoParameters> = (context: TaskletContext<P>) => TaskletResult | Promise<TaskletResult>

/** A tasklet as a function that runs outside of the transaction. */
export type OutsideTaskletFunction<P = NoParameters> = (
  context: OutsideTaskletContext<P>,
) => TaskletResult | Promise<TaskletResult>

/**
 * A piece of work that is no reading and writing of items: a cleanup, a statement, a report. Each call is one transaction,
 * which commits with what was put into the execution context. An error rolls it back and fails the step, unless `retry` says
 * otherwise.
 */
export interface Tasklet<P = NoParameters> {
  /** Does the work, or the next part of it. It must have ended all it began when it returns. */
  execute(context: TaskletContext<P>): TaskletResult | Promise<TaskletResult>

  /**
   * Says that all this tasklet does is rolled back with the transaction. One that does not say so counts as outside: the
   * step is at-least-once.
   */
  readonly transactional?: boolean

  /** Whether it runs outside of the transaction: see {@link OutsideTasklet}. Default false. */
  readonly outside?: false

  /**
   * The pool this tasklet writes to, if it has one of its own: it is inside the transaction only when that is the very
   * pool of the step's transaction manager.
   */
  readonly pool?: object | undefined

  /** The connections it takes of a pool besides the transaction's. Default: one of `pool` if that is another, else none. */
  readonly connections?: HeldConnections | undefined
}

/**
 * A tasklet whose calls run outside of any transaction, for work that is slow and does not write to the database: a
 * request, a program, a file. No connection is held while it works; when a call has returned, what it has put into the
 * execution context is stored in a short transaction. The step is at-least-once: a process that dies between the two
 * makes the call again after the restart, with the same `key`.
 */
export interface OutsideTasklet<P = NoParameters> {
  /**
   * Does the work, or the next part of it. It must have ended all it began when it returns. A property, so that the
   * compiler refuses a method that wants a transaction.
   */
  readonly execute: (context: OutsideTaskletContext<P>) => TaskletResult | Promise<TaskletResult>

  /** Says that it runs outside of the transaction. */
  readonly outside: true

  /** The connections it takes of a pool while it works. Default: none. */
  readonly connections?: HeldConnections | undefined
}
