import type { OptionCheck } from '../../domain/check-option.js'
import { InvalidOptionError } from '../../domain/option-error.js'
import { SqlError } from '../../sql/sql-error.js'
import { errorChain } from '../../support/error-chain.js'

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => object

/**
 * Which errors are meant: a class (its instances and those of its subclasses), a code, or a function of the error that
 * returns true or false. A code is what the error has as `code` or `sqlState`, or the kind of a `SqlError`, which is the same
 * for all databases: `'duplicate-key'`, `'check'`. All are held against the error, its causes, and the errors gathered in it.
 */
export type ErrorPattern = ErrorClass | string | ((error: unknown) => boolean)

/** Checks a list of patterns: `retry.on`, `skip.notOn`. */
export function checkPatterns(check: OptionCheck, option: string, patterns: unknown, least: 0 | 1): void {
  if (least === 0 && patterns === undefined) return
  const expected = 'an array of error classes, codes, or functions that return true or false'
  if (!Array.isArray(patterns) || patterns.length < least) check.fail(option, patterns, expected)
  for (const [index, pattern] of (patterns as unknown[]).entries()) {
    if (typeof pattern === 'function' || (typeof pattern === 'string' && pattern !== '')) continue
    check.fail(`${option}[${index}]`, pattern, 'an error class, a code, or a function that returns true or false')
  }
}

/** Makes one function of patterns: whether any of them means the error. `option` names them where one misbehaves. */
export function matcher(option: string, patterns: readonly ErrorPattern[]): (error: unknown) => boolean {
  const tests = patterns.map((pattern) => testOf(option, pattern))
  if (tests.length === 0) return () => false
  return (error) => errorChain(error).some((link) => tests.some((test) => test(link)))
}

function testOf(option: string, pattern: ErrorPattern): (error: unknown) => boolean {
  if (typeof pattern === 'string') return (error) => hasCode(error, pattern)
  if (isClass(pattern)) return (error) => error instanceof pattern
  return (error) => assertBoolean(option, pattern(error))
}

/** What a function of the user's must return. A promise would always count as true. */
export function assertBoolean(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new InvalidOptionError(option, value, 'a function that returns true or false at once')
}

function hasCode(error: unknown, code: string): boolean {
  const { code: own, sqlState } = (error ?? {}) as { readonly code?: unknown; readonly sqlState?: unknown }
  return own === code || sqlState === code || (error instanceof SqlError && error.kind === code)
}

/** A class of errors may be written as a function, and any class may be thrown; everything else is a predicate. */
function isClass(pattern: ErrorClass | ((error: unknown) => boolean)): pattern is ErrorClass {
  const { prototype } = pattern as { readonly prototype?: unknown }
  for (let link = prototype; typeof link === 'object' && link !== null; link = Object.getPrototypeOf(link)) {
    // By name as well: a test runner may have a global `Error` of its own.
    if (link === Error.prototype || (link.constructor as { name?: unknown } | undefined)?.name === 'Error') return true
  }
  return /^class\b/.test(Function.prototype.toString.call(pattern))
}
