import { Readable } from 'node:stream'
import {
  ClassifierCompositeItemWriter,
  CompositeItemReader,
  CompositeItemWriter,
  GroupingItemReader,
  type ItemReader,
  type ItemStream,
  type Json,
  PeekableItemReader,
  ReadableItemReader,
  SynchronizedItemStreamReader,
} from 'chunkwise'
import { itemReaderContract, itemWriterContract, ListItemReader, ListItemWriter } from 'chunkwise/testing'
import { describe, it } from 'vitest'
import { LineFile } from '../step/chunk/line-file.js'
import { numbers } from '../step/deferred.js'

/** Reads item by item, across a wait that a second call would get between. */
class UnsafeReader implements ItemReader<number>, ItemStream {
  readonly #last: number
  #count = 0

  constructor(last: number) {
    this.#last = last
  }

  open(position: Json | undefined): void {
    this.#count = (position ?? 0) as number
  }

  async read(): Promise<number | null> {
    const next = this.#count + 1
    await Promise.resolve()
    if (next > this.#last) return null
    this.#count = next
    return next
  }

  position(): Json {
    return this.#count
  }

  close(): void {
    this.#count = 0
  }
}

async function* later(last: number): AsyncGenerator<number> {
  for (const number of numbers(last)) yield number
}

const readers: [name: string, make: () => ItemReader<unknown> & ItemStream, expected: readonly unknown[]][] = [
  [
    'CompositeItemReader',
    () =>
      new CompositeItemReader<number>([
        new ListItemReader(numbers(5)),
        [],
        () => later(4),
        new UnsafeReader(3),
        [7, 8],
        () => new ListItemReader<number>([]),
      ]),
    [...numbers(5), ...numbers(4), ...numbers(3), 7, 8],
  ],
  ['CompositeItemReader of one', () => new CompositeItemReader([numbers(11)]), numbers(11)],
  [
    'CompositeItemReader of composites',
    () => new CompositeItemReader([new CompositeItemReader([numbers(4), numbers(5)]), numbers(4)]),
    [...numbers(4), ...numbers(5), ...numbers(4)],
  ],
  ['PeekableItemReader', () => new PeekableItemReader(new ListItemReader(numbers(12))), numbers(12)],
  ['PeekableItemReader of a reader without readChunk', () => new PeekableItemReader(new UnsafeReader(12)), numbers(12)],
  [
    'GroupingItemReader by key',
    () => new GroupingItemReader({ reader: numbers(30), by: (n) => Math.floor(Math.sqrt(n * 4)) }),
    groups(numbers(30), (n) => Math.floor(Math.sqrt(n * 4))),
  ],
  [
    'GroupingItemReader by its end',
    () => new GroupingItemReader({ reader: () => later(30), endOf: (group) => group.length === 3 }),
    groups(numbers(30), (n) => Math.ceil(n / 3)),
  ],
  ['SynchronizedItemStreamReader', () => new SynchronizedItemStreamReader(new UnsafeReader(14)), numbers(14)],
  ['ReadableItemReader', () => new ReadableItemReader(() => Readable.from(numbers(13))), numbers(13)],
]

function groups(items: readonly number[], by: (item: number) => number): number[][] {
  return [...new Set(items.map(by))].map((key) => items.filter((item) => by(item) === key))
}

for (const [name, make, expected] of readers) {
  itemReaderContract({ describe, it }, { name, create: () => ({ reader: make, expected }) })
}

const items = Array.from({ length: 13 }, (_, index) => `line ${index}`)

itemWriterContract(
  { describe, it },
  {
    name: 'CompositeItemWriter',
    create: () => {
      const files = [new LineFile(), new LineFile()] as const
      const list = new ListItemWriter<string>()
      return {
        writer: () => new CompositeItemWriter([files[0].writer(), list, files[1].writer()]),
        items,
        written: () => (same(files[0].lines, files[1].lines) ? files[0].lines : ['two files that differ']),
      }
    },
  },
)

itemWriterContract(
  { describe, it },
  {
    name: 'CompositeItemWriter of writers in the transaction',
    create: () => {
      const lists = [new ListItemWriter<string>(), new ListItemWriter<string>()] as const
      const writer = new CompositeItemWriter(lists)
      return {
        writer: () => writer,
        items,
        written: () => (same(lists[0].items, lists[1].items) ? lists[0].items : ['two lists that differ']),
      }
    },
  },
)

itemWriterContract(
  { describe, it },
  {
    name: 'ClassifierCompositeItemWriter',
    create: () => {
      const [even, odd] = [new LineFile(), new LineFile()]
      const isEven = (item: string) => items.indexOf(item) % 2 === 0
      return {
        writer: () =>
          new ClassifierCompositeItemWriter({
            classify: (item: string) => (isEven(item) ? 'even' : 'odd'),
            writers: { even: even.writer(), odd: odd.writer() },
          }),
        items,
        written: () => {
          const rest = { even: [...even.lines], odd: [...odd.lines] }
          return Array.from({ length: rest.even.length + rest.odd.length }, (_, index) =>
            index % 2 === 0 ? (rest.even.shift() ?? 'missing') : (rest.odd.shift() ?? 'missing'),
          )
        },
      }
    },
  },
)

function same(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
