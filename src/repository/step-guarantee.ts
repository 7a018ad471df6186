import type { ReadonlyExecutionContext } from '../domain/execution-context.js'
import type { Guarantee } from '../domain/step-execution.js'

/** Where a step's context keeps what the step promises. The engine puts it. */
export const GUARANTEE_KEY = 'chunkwise.guarantee'

/** What a step promises, as its context says, or `undefined` when it says nothing. */
export function guaranteeOf(context: ReadonlyExecutionContext): Guarantee | undefined {
  const value = context.get(GUARANTEE_KEY)
  return value === 'exactly-once' || value === 'at-least-once' ? value : undefined
}
