import type { ItemRow } from '../../sql/row-decoder.js'

/** The rows that an array of items was made of. */
export interface HandedOut {
  /** Whoever handed the array out. */
  readonly by: object
  readonly rows: readonly ItemRow[]
  /** Where the array begins in `rows`. */
  readonly from: number
  /** How many items were handed out before it. */
  readonly before: number
}

const HANDED_OUT = Symbol('chunkwise.handedOut')

/**
 * Notes on an array of items which rows it was made of, out of sight of whoever compares or iterates it. A `WeakMap` would
 * keep every page alive until the collector has gone through the old generation.
 */
export function noteRows(items: readonly unknown[], handedOut: HandedOut): void {
  Object.defineProperty(items, HANDED_OUT, { value: handedOut, configurable: true })
}

/** The rows of an array that `by` has handed out, or `undefined` where it has not. */
export function notedRows(items: readonly unknown[], by: object): HandedOut | undefined {
  const found = (items as { readonly [HANDED_OUT]?: HandedOut })[HANDED_OUT]
  return found?.by === by ? found : undefined
}
