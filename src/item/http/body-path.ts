import type { OptionCheck } from '../../domain/check-option.js'

/** Where a value is in something: names with dots between them, such as `meta.next`, or a function that fetches it. */
export type ValuePick<S, V> = string | ((source: S) => V)

/** Checks a pick; `undefined` is one only where `isOptional` says so. */
export function checkPick(check: OptionCheck, option: string, pick: unknown, isOptional = false): void {
  if (typeof pick === 'function' || (typeof pick === 'string' && pick !== '')) return
  if (pick === undefined && isOptional) return
  check.fail(option, pick, "a path such as 'meta.next', or a function")
}

/** The value at a path of own properties; `undefined` where there is none. */
export function valueAt(body: unknown, path: string): unknown {
  let value = body
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
