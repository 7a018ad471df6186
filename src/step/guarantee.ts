import { putReserved } from '../domain/execution-context.js'
import type { Guarantee, Mutable, StepExecution } from '../domain/step-execution.js'
import { GUARANTEE_KEY } from '../repository/step-guarantee.js'
import type { TransactionManager } from '../transaction/transaction.js'
import type { StepRuntime } from './step.js'

/** What is known of the code of a step that writes. */
export interface WritingPart {
  /** Its word, for people. */
  readonly what: 'writer' | 'tasklet'
  readonly transactional: boolean
  /** The pool it writes to, if it has one of its own. */
  readonly pool: object | undefined
  /** The step's transactions. */
  readonly transaction: TransactionManager
  /** The repository's transactions. */
  readonly repository: TransactionManager
}

/** Why rows of a part can be written twice after a crash; empty when they cannot. */
export function reasonsToRepeat({ what, transactional, pool, transaction, repository }: WritingPart): string[] {
  const reasons: string[] = []
  if (!transactional) {
    reasons.push(`the ${what} does not say \`transactional: true\`, so it counts as outside the transaction`)
  } else if (pool !== undefined && pool !== transaction.resource) {
    reasons.push(`the ${what}'s pool is not the pool of the step's transactions`)
  }
  if (transaction.resource !== repository.resource) {
    reasons.push(
      "the step's transactions are not on the repository's pool, so rows and checkpoint commit one after another",
    )
  }
  return reasons
}

/** What a step promises that has these reasons against it. */
export function guaranteeFor(reasons: readonly string[]): Guarantee {
  return reasons.length === 0 ? 'exactly-once' : 'at-least-once'
}

/** Puts what a step promises on its execution, and in its context, where whoever reads the execution finds it. */
export function putGuarantee(stepExecution: Mutable<StepExecution>, guarantee: Guarantee): void {
  stepExecution.guarantee = guarantee
  putReserved(stepExecution.executionContext, GUARANTEE_KEY, guarantee)
}

/**
 * States what a running step promises: on its execution, in its context and in the log. Without reasons against it, it is exactly-once.
 */
export function stateGuarantee({ stepExecution, context }: StepRuntime, reasons: readonly string[]): void {
  const guarantee = guaranteeFor(reasons)
  putGuarantee(stepExecution, guarantee)
  const fields = { step: stepExecution.stepName, guarantee, reasons }
  if (reasons.length === 0) context.logger.debug(fields, 'the step is exactly-once')
  else context.logger.info(fields, 'the step is at-least-once')
}
