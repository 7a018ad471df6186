import { type Duration, durationToMilliseconds } from '../support/duration.js'
import { nearest } from '../support/nearest.js'
import { InvalidOptionError } from './option-error.js'

/**
 * Checks options once, where they come in. `owner` names whose options they are (`PoolTaskExecutor`,
 * `chunkStep("load")`); every failure is an {@link InvalidOptionError} with the option's name and value.
 */
export class OptionCheck {
  readonly #owner: string

  constructor(owner: string) {
    this.#owner = owner
  }

  /** Throws for the option. */
  fail(option: string, value: unknown, expected: string): never {
    throw new InvalidOptionError(option === '' ? this.#owner : `${this.#owner}.${option}`, value, expected)
  }

  /** An options object with no keys but `known`; an unknown one is an error that names the nearest. */
  object(options: unknown, known: readonly string[]): void {
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      this.fail('options', options, 'an object')
    }
    for (const [key, value] of Object.entries(options)) {
      if (known.includes(key)) continue
      const similar = nearest(key, known)
      this.fail(key, value, similar === undefined ? `left out: known options are ${known.join(', ')}` : `"${similar}"`)
    }
  }

  /** A whole number within bounds, both included. */
  integer(option: string, value: unknown, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    const upTo = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`
    return this.fail(option, value, `a whole number from ${least}${upTo}`)
  }

  /** A string of `least` to `most` characters. */
  text(option: string, value: unknown, least = 1, most: number = Number.MAX_SAFE_INTEGER): string {
    if (typeof value === 'string' && value.length >= least && value.length <= most) return value
    const bound =
      most === Number.MAX_SAFE_INTEGER
        ? `a string of at least ${least} character`
        : `a string of ${least} to ${most} characters`
    return this.fail(option, value, bound)
  }

  boolean(option: string, value: unknown): boolean {
    return typeof value === 'boolean' ? value : this.fail(option, value, 'true or false')
  }

  /** One of the listed words. */
  oneOf<const T extends string>(option: string, value: unknown, words: readonly T[]): T {
    if (words.includes(value as T)) return value as T
    return this.fail(option, value, `one of ${words.map((word) => `'${word}'`).join(', ')}`)
  }

  /** A duration, in milliseconds. */
  duration(option: string, value: Duration | undefined, least = 0): number {
    const milliseconds = durationToMilliseconds(value)
    if (milliseconds !== undefined && milliseconds >= least) return milliseconds
    return this.fail(option, value, `a duration of at least ${least} ms: a number of milliseconds, or text like '30s'`)
  }

  /** An object that has the listed methods. */
  methods<T>(option: string, value: T, names: readonly string[], expected: string): T {
    const holder = value as Record<string, unknown> | null | undefined
    if (holder !== null && holder !== undefined && names.every((name) => typeof holder[name] === 'function'))
      return value
    return this.fail(option, value, expected)
  }
}
