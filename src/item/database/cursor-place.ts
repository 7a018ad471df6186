import type { ReadRows } from '../../sql/read-dialect.js'
import type { ItemRow } from '../../sql/row-decoder.js'
import type { Json } from '../../support/json.js'
import { PositionError } from '../item-errors.js'
import type { ReadContext } from '../item-context.js'
import { keyPosition, type KeyValues, parseKeyPosition } from './key-position.js'
import type { KeyedQuery } from './keyed-query.js'
import type { RowCursor } from './row-cursor.js'
import type { SortKey } from './sort-keys.js'

const SKIPPED_AT_ONCE = 1000

/** Where a cursor is: behind a row by its sort keys, or behind so many rows. */
export class CursorPlace {
  readonly #owner: string
  readonly #keys: readonly SortKey[]
  readonly #query: KeyedQuery | undefined
  readonly #from: KeyValues | undefined
  readonly #skipped: number
  /** The row that was read to see whether it ties with the one before it. */
  #ahead: ItemRow | undefined
  #last: ItemRow | undefined
  #ended = false

  constructor(
    owner: string,
    keys: readonly SortKey[] | undefined,
    query: KeyedQuery | undefined,
    position: Json | undefined,
  ) {
    this.#owner = owner
    this.#keys = keys ?? []
    this.#query = query
    this.#from = keys === undefined ? undefined : parseKeyPosition(owner, keys, position)
    this.#skipped = keys === undefined ? countOf(owner, position) : 0
  }

  /** Throws for a position that cannot be continued from. */
  static check(owner: string, keys: readonly SortKey[] | undefined, position: Json | undefined): void {
    if (keys === undefined) countOf(owner, position)
    else parseKeyPosition(owner, keys, position)
  }

  /** The key values behind which the query is to begin. */
  get after(): KeyValues | undefined {
    return this.#from
  }

  /** Drops the rows that were committed before, where they are only counted. */
  async skip(cursor: RowCursor, context: ReadContext): Promise<void> {
    for (let left = this.#skipped; left > 0;) {
      const { rows } = await cursor.read(Math.min(left, SKIPPED_AT_ONCE), context.signal)
      if (rows.length === 0) {
        const found = `the query has only ${this.#skipped - left} rows now`
        throw new PositionError(this.#owner, { count: this.#skipped }, found)
      }
      left -= rows.length
    }
  }

  /** The next `size` rows, none at the end. With sort keys it looks one row further for a tie. */
  async next(cursor: RowCursor, size: number, signal: AbortSignal): Promise<ReadRows> {
    if (this.#query === undefined) return cursor.read(size, signal)
    if (this.#ended) return { rows: [], fields: [] }
    const wanted = this.#ahead === undefined ? size + 1 : size
    const read = await cursor.read(wanted, signal)
    const rows = this.#ahead === undefined ? read.rows : [this.#ahead, ...read.rows]
    this.#query.check(rows, this.#last)
    this.#ended = read.rows.length < wanted
    this.#ahead = this.#ended ? undefined : rows.at(-1)
    const given = this.#ended ? rows : rows.slice(0, -1)
    this.#last = given.at(-1)
    return { rows: given, fields: this.#query.fieldsOf(read) }
  }

  position(last: ItemRow | undefined, count: number): Json {
    if (this.#query === undefined) return { count: this.#skipped + count }
    return keyPosition(this.#keys, last === undefined ? this.#from : this.#query.keysOf(last))
  }

  /** What names a row over restarts: its sort keys, else its number. */
  keyOf(row: ItemRow, number: number): string {
    return this.#query === undefined ? String(this.#skipped + number) : this.#query.keyOf(row)
  }
}

function countOf(owner: string, position: Json | undefined): number {
  if (position === undefined) return 0
  const count = (position as { readonly count?: unknown } | null)?.count
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count
  throw new PositionError(owner, position, 'it is not a count of rows; was the reader another one before?')
}
