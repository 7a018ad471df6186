import { Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { chunkStep, type ItemReader } from 'chunkwise'
import { runAlone } from '../run-alone.js'

/** Items go through a reader, a processor and a writer that does nothing, in chunks of this size. */
export const CHUNK = 1000

interface Item {
  readonly id: number
}

type Case = (items: number) => Promise<void>

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'

function numbers(total: number): ItemReader<Item> {
  let next = 0
  return {
    read: () => (next < total ? { id: next++ } : null),
    readChunk(size) {
      const chunk: Item[] = []
      for (const end = Math.min(next + size, total); next < end; next++) chunk.push({ id: next })
      return chunk
    },
  }
}

const increment = (item: Item): Item => ({ id: item.id + 1 })

/** The loop that one would write by hand: chunk by chunk, awaiting only what must be awaited. */
async function handWritten(total: number, process: (item: Item) => Item | Promise<Item>): Promise<void> {
  const reader = numbers(total)
  const write = (_items: readonly Item[]): void => {}
  let read = 0
  let written = 0
  for (;;) {
    const chunk = (await reader.readChunk?.(CHUNK, undefined as never)) ?? []
    if (chunk.length === 0) break
    const results: Item[] = []
    for (const item of chunk) {
      const result = process(item)
      const value = isThenable(result) ? await result : result
      if (value !== null && value !== undefined) results.push(value)
    }
    write(results)
    read += chunk.length
    written += results.length
  }
  if (read !== total || written !== total) throw new Error('the loop lost items')
}

async function chunkwise(total: number, processor: (item: Item) => Item | Promise<Item>): Promise<void> {
  const step = chunkStep('bench', { chunkSize: CHUNK, reader: () => numbers(total), processor, writer: () => {} })
  const execution = await runAlone(step)
  if (execution.counts.write !== total) throw new Error(`wrote ${execution.counts.write} of ${total} items`)
}

async function streams(total: number, process: (item: Item) => Item | Promise<Item>): Promise<void> {
  let next = 0
  let written = 0
  await pipeline(
    new Readable({
      objectMode: true,
      highWaterMark: CHUNK,
      read() {
        this.push(next < total ? { id: next++ } : null)
      },
    }),
    new Transform({
      objectMode: true,
      highWaterMark: CHUNK,
      transform(item: Item, _encoding, done) {
        const result = process(item)
        if (!isThenable(result)) return done(null, result)
        void (async () => done(null, await result))()
      },
    }),
    new Writable({
      objectMode: true,
      highWaterMark: CHUNK,
      writev(chunk, done) {
        written += chunk.length
        done()
      },
      write(_item, _encoding, done) {
        written++
        done()
      },
    }),
  )
  if (written !== total) throw new Error('the stream lost items')
}

const later = (item: Item): Promise<Item> => Promise.resolve(increment(item))

export const cases: Readonly<Record<string, Case>> = {
  'chunkwise, sync': (total) => chunkwise(total, increment),
  'hand-written loop, sync': (total) => handWritten(total, increment),
  'stream pipeline, sync': (total) => streams(total, increment),
  'chunkwise, async': (total) => chunkwise(total, later),
  'hand-written loop, async': (total) => handWritten(total, later),
  'stream pipeline, async': (total) => streams(total, later),
}
