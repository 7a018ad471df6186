import { isItemStream } from '../../item/item-stream.js'
import { notifier } from '../../listener/notify.js'
import type { FaultTolerance } from '../fault/fault-tolerance.js'
import { type SkippingReader, skippingReader } from '../fault/skipping-reader.js'
import type { Chunk } from './chunk.js'
import { ChunkSource, type ChunkSourceOptions } from './chunk-source.js'

/** Fills chunks from a reader whose failed reads may be skipped. Reads that fail at the end make a chunk without items. */
export class SkippingSource extends ChunkSource {
  readonly #reader: SkippingReader
  #nextIndex = 0
  #nextStart: number

  constructor(options: ChunkSourceOptions, faults: FaultTolerance) {
    const { reader, start, listeners } = options
    const skipping = skippingReader(reader, { faults, start, onReadError: notifier(listeners, 'onReadError') })
    super({ ...options, reader: skipping, namedBy: reader })
    this.#reader = skipping
    this.#nextStart = start
  }

  override async next(): Promise<Chunk | undefined> {
    const chunk = await super.next()
    const skips = this.#reader.takeSkips()
    if (chunk === undefined && skips.length === 0) return undefined
    const next = chunk ?? { index: this.#nextIndex, items: [], start: this.#nextStart, position: this.#position() }
    this.#nextIndex = next.index + 1
    this.#nextStart = next.start + next.items.length
    return skips.length === 0 ? next : { ...next, skips }
  }

  #position(): Chunk['position'] {
    return isItemStream(this.#reader) ? this.#reader.position() : undefined
  }
}

/** The source of a step's chunks. */
export function chunkSource(options: ChunkSourceOptions, faults: FaultTolerance): ChunkSource {
  return faults.skips ? new SkippingSource(options, faults) : new ChunkSource(options)
}
