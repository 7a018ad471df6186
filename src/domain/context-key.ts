import { OptionCheck } from './check-option.js'

/**
 * A key of an execution context with the type of its value. At run time it is the text itself: what is stored is the same
 * as with a plain string, and what was stored before is read as before.
 */
export type ContextKey<T> = string & {
  /** Never present: carries the type of the value. */
  readonly contextValue?: (value: T) => T
}

/**
 * A typed key: `put` then takes, and `get` gives, a `T`. Declare it once, beside the steps that share it.
 *
 * @example
 * ```ts
 * import { contextKey, ExecutionContext } from 'chunkwise'
 *
 * const highestId = contextKey<bigint>('highestId')
 * const context = new ExecutionContext()
 * context.put(highestId, 9007199254740993n)
 * const found: bigint | undefined = context.get(highestId)
 * console.assert(found === 9007199254740993n)
 * ```
 *
 * @throws InvalidOptionError the name is no text, or empty
 */
export function contextKey<T>(name: string): ContextKey<T> {
  return new OptionCheck('contextKey').text('name', name) as ContextKey<T>
}
