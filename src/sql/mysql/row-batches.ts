import { SqlError } from '../sql-error.js'
import type { SqlValue } from '../sql-connection.js'

/** The most placeholders of one statement. */
const MAX_PLACEHOLDERS = 65_535
/** Of a packet, what is left to names and to what stands around the values. */
const ROOM = 0.9
/** Bytes around a value on the wire, at most. */
const AROUND = 16

/** Rows that go into one statement: `rows[from]` up to, and without, `rows[to]`. */
export interface RowBatch {
  readonly from: number
  readonly to: number
}

/**
 * Splits the rows of one insert, so that each statement is below the server's `max_allowed_packet` and has at most 65,535
 * values. Batches are of few sizes, `usual` and powers of two, since each size is a prepared statement that server and
 * driver keep.
 *
 * @throws SqlError a row alone is larger than a packet, for which the server would close the connection
 */
export function batchRows(
  rows: readonly (readonly SqlValue[])[],
  maxPacket: number,
  usual: number,
): readonly RowBatch[] {
  const width = rows[0]?.length ?? 1
  const mostRows = Math.max(1, Math.floor(MAX_PLACEHOLDERS / width))
  const room = maxPacket * ROOM
  const batches: RowBatch[] = []
  for (let from = 0; from < rows.length;) {
    let to = from
    let bytes = 0
    while (to < rows.length && to - from < mostRows) {
      bytes += mostBytes(rows[to] as readonly SqlValue[])
      if (bytes > room && to > from) break
      to++
    }
    if (to === from + 1) checkRow(rows[from] as readonly SqlValue[], maxPacket, from)
    const size = to - from === usual ? usual : 2 ** Math.floor(Math.log2(to - from))
    batches.push({ from, to: from + size })
    from += size
  }
  return batches
}

function mostBytes(row: readonly SqlValue[]): number {
  let bytes = 0
  for (const value of row) {
    bytes += AROUND
    // No character has more than three bytes for each of its units.
    if (typeof value === 'string') bytes += value.length * 3
    else if (value instanceof Uint8Array) bytes += value.length
    else bytes += 24
  }
  return bytes
}

function checkRow(row: readonly SqlValue[], maxPacket: number, index: number): void {
  let bytes = 0
  for (const value of row) bytes += typeof value === 'string' ? Buffer.byteLength(value) : byteLength(value)
  if (bytes + row.length * AROUND < maxPacket) return
  const message = `row ${index} has ${bytes} bytes, and the server's max_allowed_packet is ${maxPacket}: raise it`
  throw new SqlError({ kind: 'other', sqlState: '08S01' }, new Error(message))
}

function byteLength(value: SqlValue): number {
  return value instanceof Uint8Array ? value.length : 24
}
