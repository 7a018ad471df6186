import { SqlError } from '../sql-error.js'

/** The most placeholders of one statement. */
const MAX_PLACEHOLDERS = 65_535
/** Of a packet, what is left to names and to what stands around the values. */
const ROOM = 0.9
/** Bytes around a value on the wire, at most. */
const AROUND = 16
/** Bytes of a number's text, at most. */
const NUMBER = 24

/** Rows that go into one statement: from the row `from` up to, and without, the row `to`. */
export interface RowBatch {
  readonly from: number
  readonly to: number
}

/**
 * Splits the rows of one insert, so that each statement is below the server's `max_allowed_packet` and has at most 65,535
 * values. `values` are those of all rows, `width` a row. Batches are of few sizes, `usual` and powers of two, since each size
 * is a prepared statement that server and driver keep.
 *
 * @throws SqlError a row alone is larger than a packet, for which the server would close the connection
 */
export function batchRows(
  values: readonly unknown[],
  width: number,
  maxPacket: number,
  usual: number,
): readonly RowBatch[] {
  const count = values.length / width
  const mostRows = Math.max(1, Math.floor(MAX_PLACEHOLDERS / width))
  const room = maxPacket * ROOM
  const batches: RowBatch[] = []
  for (let from = 0; from < count;) {
    let to = from
    let bytes = 0
    while (to < count && to - from < mostRows) {
      bytes += bytesOf(values, to * width, width, mostBytes)
      if (bytes > room && to > from) break
      to++
    }
    if (to === from + 1) checkRow(values, from, width, maxPacket)
    const size = to - from === usual ? usual : 2 ** Math.floor(Math.log2(to - from))
    batches.push({ from, to: from + size })
    from += size
  }
  return batches
}

function bytesOf(values: readonly unknown[], from: number, width: number, ofText: (text: string) => number): number {
  let bytes = 0
  for (let i = from; i < from + width; i++) {
    const value = values[i]
    if (typeof value === 'string') bytes += AROUND + ofText(value)
    else bytes += AROUND + (value instanceof Uint8Array ? value.length : NUMBER)
  }
  return bytes
}

/** No character has more than three bytes for each of its units. */
function mostBytes(text: string): number {
  return text.length * 3
}

function checkRow(values: readonly unknown[], row: number, width: number, maxPacket: number): void {
  const bytes = bytesOf(values, row * width, width, (text) => Buffer.byteLength(text))
  if (bytes < maxPacket) return
  const message = `row ${row} has ${bytes} bytes, and the server's max_allowed_packet is ${maxPacket}: raise it`
  throw new SqlError({ kind: 'other', sqlState: '08S01' }, new Error(message))
}
