import { types } from 'node:util'
import { InvalidContextValueError } from './context-value-error.js'
import { JavaValue } from './java-value.js'
import { isPlainObject } from './plain-object.js'

/** What an execution context keeps: JSON, and dates and bigints anywhere in it. */
export type ContextValue =
  | null
  | boolean
  | number
  | string
  | bigint
  | Date
  | JavaValue
  | readonly ContextValue[]
  | { readonly [key: string]: ContextValue }

/** A copy of a value that nobody can change. Dates cannot be frozen, so what holds one is copied again on the way out. */
export interface FrozenValue {
  readonly value: ContextValue
  readonly hasDate: boolean
}

/** Jackson refuses to read more than 500 levels, and a nested value takes two of them. */
const MAX_DEPTH = 200
/** Jackson refuses to read longer numbers. */
const MAX_DIGITS = 1000
const LARGE = 2n ** 64n

/** Copies and freezes a value. Throws {@link InvalidContextValueError} for what would not come back as it is. */
export function freezeValue(key: string, value: unknown): FrozenValue {
  const freezer = new Freezer(key)
  return { value: freezer.freeze(value, key, 0), hasDate: freezer.hasDate }
}

/** The value for a reader: frozen, and its dates are the reader's own. */
export function thawValue({ value, hasDate }: FrozenValue): ContextValue {
  return hasDate ? copyDates(value) : value
}

function copyDates(value: ContextValue): ContextValue {
  if (value instanceof Date) return new Date(value.getTime())
  if (typeof value !== 'object' || value === null || value instanceof JavaValue) return value
  if (Array.isArray(value)) return Object.freeze((value as readonly ContextValue[]).map(copyDates))
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyDates(inner)])))
}

/** Why a text cannot be kept, or `undefined`. */
export function textProblem(text: string): string | undefined {
  return /\p{Surrogate}/u.test(text) ? 'it has half of a surrogate pair' : undefined
}

class Freezer {
  hasDate = false
  readonly #key: string
  readonly #open = new Set<object>()

  constructor(key: string) {
    this.#key = key
  }

  freeze(value: unknown, path: string, depth: number): ContextValue {
    switch (typeof value) {
      case 'boolean':
        return value
      case 'string':
        return this.#unless(textProblem(value), value, path)
      case 'number':
        return this.#unless(numberProblem(value), value, path)
      case 'bigint':
        return this.#unless(bigintProblem(value), value, path)
      case 'object':
        return value === null ? null : this.#object(value, path, depth)
      default:
        return this.#refuse(value, path, 'only JSON values, Dates and bigints can be stored')
    }
  }

  #object(value: object, path: string, depth: number): ContextValue {
    if (value instanceof JavaValue) return value
    if (types.isDate(value)) return this.#date(value, path)
    if (this.#open.has(value)) return this.#refuse(value, path, 'it contains itself')
    if (depth >= MAX_DEPTH) return this.#refuse(value, path, `it is nested deeper than ${MAX_DEPTH} levels`)
    this.#open.add(value)
    const frozen = Array.isArray(value)
      ? this.#array(value as readonly unknown[], path, depth)
      : this.#record(value, path, depth)
    this.#open.delete(value)
    return frozen
  }

  #date(value: Date, path: string): Date {
    if (Number.isNaN(value.getTime())) return this.#refuse(value, path, 'it is no point in time')
    this.hasDate = true
    return new Date(value.getTime())
  }

  #array(value: readonly unknown[], path: string, depth: number): ContextValue {
    // Own keys are the indexes and "length": fewer is a hole, more a property that JSON has no place for.
    if (Reflect.ownKeys(value).length !== value.length + 1) {
      return this.#refuse(value, path, 'it is an array with holes or with properties of its own')
    }
    const copy: ContextValue[] = []
    for (let index = 0; index < value.length; index++) {
      this.#plainProperty(value, String(index), `${path}[${index}]`)
      copy.push(this.freeze(value[index], `${path}[${index}]`, depth + 1))
    }
    return Object.freeze(copy)
  }

  #record(value: object, path: string, depth: number): ContextValue {
    if (!isPlainObject(value)) {
      return this.#refuse(value, path, 'only plain objects and arrays come back as they were; put its data instead')
    }
    const entries: [string, ContextValue][] = []
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'symbol') return this.#refuse(key, path, 'it has a symbol as a key')
      const inner = /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`
      this.#unless(textProblem(key), key, inner)
      this.#plainProperty(value, key, inner)
      entries.push([key, this.freeze((value as Record<string, unknown>)[key], inner, depth + 1)])
    }
    // Object.fromEntries defines properties: "__proto__" becomes a key like any other.
    return Object.freeze(Object.fromEntries(entries))
  }

  #plainProperty(holder: object, key: string, path: string): void {
    const property = Object.getOwnPropertyDescriptor(holder, key)
    if (property === undefined || !('value' in property)) {
      const reason = 'reading it again may give something else'
      throw new InvalidContextValueError(this.#key, path, undefined, reason, 'a getter or setter')
    }
    if (property.enumerable !== true) this.#refuse(property.value, path, 'it is a hidden property')
  }

  #unless<T>(problem: string | undefined, value: T, path: string): T {
    return problem === undefined ? value : this.#refuse(value, path, problem)
  }

  #refuse(value: unknown, path: string, reason: string): never {
    throw new InvalidContextValueError(this.#key, path, value, reason)
  }
}

function numberProblem(value: number): string | undefined {
  if (!Number.isFinite(value)) return 'only finite numbers can be stored'
  return Object.is(value, -0) ? 'the sign of zero would be lost; put 0' : undefined
}

function bigintProblem(value: bigint): string | undefined {
  if (value < LARGE && value > -LARGE) return undefined
  return value.toString().length > MAX_DIGITS ? `it has more than ${MAX_DIGITS} digits` : undefined
}
