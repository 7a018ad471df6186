const BRAND = Symbol.for('chunkwise.BatchError')

/** What every error of Chunkwise may carry besides its message. */
export interface BatchErrorOptions {
  /** What led to this error, kept as it is. */
  readonly cause?: unknown
}

/**
 * The base of all errors that Chunkwise throws. `code` is stable and has an entry with cause and remedy in
 * docs/reference/errors.md. `instanceof` holds across several installed copies of the package: it compares codes, not
 * constructors.
 */
export abstract class BatchError extends Error {
  /** The stable code, e.g. `BATCH_INVALID_OPTION`: the static `code` of the error's class. */
  readonly code: string

  constructor(message: string, options?: BatchErrorOptions) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = (new.target as unknown as { readonly code: string }).code
    Object.defineProperty(this, BRAND, { value: true })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true
    if (typeof value !== 'object' || value === null || !(BRAND in value)) return false
    if ((this as unknown) === BatchError) return true
    return (
      Object.hasOwn(this, 'code') &&
      (this as unknown as { code: unknown }).code === (value as unknown as BatchError).code
    )
  }
}
