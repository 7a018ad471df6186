import { type ContextValue, type FrozenValue, freezeValue, textProblem, thawValue } from './context-value.js'
import type { ContextKey } from './context-key.js'
import { InvalidContextValueError } from './context-value-error.js'

const RESERVED = 'chunkwise.'

/** An execution context for those who may only look. */
export interface ReadonlyExecutionContext {
  /** How many keys there are. */
  readonly size: number
  /** The value of a key, frozen, or `undefined`. `T` is that of a typed key, or the caller's word; it is not checked. */
  get<T = unknown>(key: ContextKey<T>): T | undefined
  /** Whether there is a value for the key. */
  has(key: string): boolean
  /** The keys, in the order they were first put. */
  keys(): readonly string[]
  /** Keys and values, in the order of {@link keys}. */
  entries(): readonly (readonly [string, unknown])[]
}

let putAny: (context: ExecutionContext, key: string, value: unknown) => void
let removeAny: (context: ExecutionContext, key: string) => void

/**
 * What a step or a job remembers for its restart: values by key. It keeps null, booleans, finite numbers, strings,
 * bigints, Dates, and arrays and plain objects of these. Values are copied in, so a later change of what was put changes
 * nothing here; what comes out is frozen. Keys that start with `chunkwise.` belong to the engine.
 */
export class ExecutionContext implements ReadonlyExecutionContext {
  readonly #values: Map<string, FrozenValue>
  #dirty = false

  static {
    putAny = (context, key, value) => context.#put(key, value)
    removeAny = (context, key) => context.#remove(key)
  }

  /** A context with these values, as if each had been put, and not dirty. Empty by default. */
  constructor(values: Readonly<Record<string, unknown>> = {}) {
    this.#values = new Map()
    for (const [key, value] of Object.entries(values)) this.put(key, value)
    this.#dirty = false
  }

  get size(): number {
    return this.#values.size
  }

  /** Whether anything was put or removed since {@link markClean}. */
  get isDirty(): boolean {
    return this.#dirty
  }

  get<T = unknown>(key: ContextKey<T>): T | undefined {
    const frozen = this.#values.get(key)
    return frozen === undefined ? undefined : (thawValue(frozen) as T)
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  keys(): readonly string[] {
    return [...this.#values.keys()]
  }

  entries(): readonly (readonly [string, ContextValue])[] {
    return [...this.#values].map(([key, frozen]) => [key, thawValue(frozen)] as const)
  }

  /**
   * Puts a copy of the value under the key. Throws {@link InvalidContextValueError}, which names the part, for what would
   * not come back as it is (`undefined`, NaN, -0, functions, instances of classes, cycles, ...) and for a reserved key.
   */
  put<T = unknown>(key: ContextKey<T>, value: NoInfer<T>): void {
    refuseReserved(key)
    this.#put(key, value)
  }

  /** Forgets a key; without it, nothing happens. Throws {@link InvalidContextValueError} for a reserved key. */
  remove(key: string): void {
    refuseReserved(key)
    this.#remove(key)
  }

  /** Called when the context has been saved. */
  markClean(): void {
    this.#dirty = false
  }

  /** A context of its own with the same values, as dirty as this one. Cheap: the frozen values are shared. */
  copy(): ExecutionContext {
    const copy = new ExecutionContext()
    for (const [key, frozen] of this.#values) copy.#values.set(key, frozen)
    copy.#dirty = this.#dirty
    return copy
  }

  /** All values as a plain object. */
  toObject(): Record<string, ContextValue> {
    return Object.fromEntries(this.entries())
  }

  #put(key: string, value: unknown): void {
    if (typeof key !== 'string') throw new InvalidContextValueError(String(key), 'a key', key, 'it must be a string')
    // The root of a stored context is an object whose "@class" older versions of Spring Batch take for its type.
    const problem = key === '@class' ? 'Jackson keeps this key for itself' : textProblem(key)
    if (problem !== undefined) throw new InvalidContextValueError(key, key, value, problem)
    const frozen = freezeValue(key, value)
    const before = this.#values.get(key)
    this.#values.set(key, frozen)
    if (before === undefined || !Object.is(before.value, frozen.value)) this.#dirty = true
  }

  #remove(key: string): void {
    if (this.#values.delete(key)) this.#dirty = true
  }
}

/** Puts a value under any key, the engine's own (`chunkwise.`) included. Else as {@link ExecutionContext.put}. */
export function putReserved(context: ExecutionContext, key: string, value: unknown): void {
  putAny(context, key, value)
}

/** Removes any key, the engine's own included. */
export function removeReserved(context: ExecutionContext, key: string): void {
  removeAny(context, key)
}

function refuseReserved(key: string): void {
  if (typeof key !== 'string' || !key.startsWith(RESERVED)) return
  throw new InvalidContextValueError(key, key, key, `keys that start with "${RESERVED}" belong to the engine`)
}
