import { type FlatFileColumns, FlatFileItemReader, type FlatFileItemReaderOptions } from 'chunkwise/file'
import { testStepContext } from 'chunkwise/testing'
import type { ReadContext } from '../../../src/item/item-context.js'
import type { ItemReader } from '../../../src/item/item-reader.js'
import type { ItemStream } from '../../../src/item/item-stream.js'
import type { Json } from '../../../src/support/json.js'

type AnyReader = ItemReader<unknown> & ItemStream

export const context = (given: Partial<ReadContext> = {}): ReadContext => testStepContext<unknown>(given)

/** Bytes as a stream of pieces of the given sizes, again and again. */
export function inPieces(bytes: Uint8Array, sizes: readonly number[]) {
  return async function* (): AsyncGenerator<Uint8Array> {
    let turn = 0
    for (let at = 0; at < bytes.length;) {
      const size = sizes[turn++ % sizes.length] as number
      yield bytes.subarray(at, at + size)
      at += size
    }
  }
}

/** All items and errors of a reader, in order, and the position behind each. */
export async function readAll(reader: AnyReader, position?: Json, size = 3) {
  const items: unknown[] = []
  const errors: unknown[] = []
  const given = context()
  await reader.open(position, given)
  try {
    for (;;) {
      try {
        const chunk = (await reader.readChunk?.(size, given)) ?? []
        if (chunk.length === 0) break
        items.push(...chunk)
      } catch (error) {
        errors.push(error)
        if (errors.length > 1000) throw error
      }
    }
    return { items, errors, position: reader.position() }
  } finally {
    await reader.close()
  }
}

/** Reads a text, as a stream that comes in one piece. */
export async function readText<const C extends FlatFileColumns | readonly string[] | undefined>(
  text: string | Uint8Array,
  options: Omit<FlatFileItemReaderOptions<C>, 'resource'>,
) {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  return readAll(new FlatFileItemReader({ ...options, resource: inPieces(bytes, [bytes.length + 1]) }))
}
