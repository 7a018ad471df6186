import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ItemStream, type ItemWriter, type Json, PositionError } from 'chunkwise'
import { itemWriterContract, ListItemWriter, type WriterUnderTest } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { LineFile } from '../step/chunk/line-file.js'

/** As in the guide on writing one's own. */
class RealFileWriter implements ItemWriter<string>, ItemStream {
  readonly #path: string
  #bytes = 0

  constructor(path: string) {
    this.#path = path
  }

  async open(position: Json | undefined): Promise<void> {
    if (position === undefined) await writeFile(this.#path, '')
    if (typeof (position ?? 0) !== 'number') throw new PositionError('RealFileWriter', position, 'it is not a length')
    await this.returnTo(position ?? 0)
  }

  async write(chunk: readonly string[]): Promise<void> {
    const text = Buffer.from(chunk.map((item) => `${item}\n`).join(''))
    await writeFile(this.#path, text, { flag: 'a' })
    this.#bytes += text.length
  }

  position(): Json {
    return this.#bytes
  }

  async returnTo(position: Json): Promise<void> {
    this.#bytes = position as number
    await truncate(this.#path, this.#bytes)
  }

  close(): void {}
}

const items = Array.from({ length: 17 }, (_, index) => `line ${index}`)

itemWriterContract(
  { describe, it },
  {
    name: 'ListItemWriter',
    create: () => {
      const writer = new ListItemWriter<string>()
      return { writer: () => writer, items, written: () => writer.items }
    },
  },
)

itemWriterContract({ describe, it }, { name: 'a writer with a place', create: () => lines() })

itemWriterContract(
  { describe, it },
  {
    name: 'a writer to a real file',
    async create() {
      const directory = await mkdtemp(join(tmpdir(), 'lines-'))
      const path = join(directory, 'out.txt')
      return {
        writer: () => new RealFileWriter(path),
        items,
        written: async () => (await readFile(path, 'utf8')).split('\n').slice(0, -1),
        dispose: () => rm(directory, { recursive: true }),
      }
    },
  },
)

function lines(change: (writer: Mutable, file: LineFile) => void = () => undefined): WriterUnderTest<string> {
  const file = new LineFile()
  const make = () => {
    const writer = file.writer() as unknown as Mutable
    change(writer, file)
    return writer
  }
  return { writer: make, items, written: () => file.lines }
}

type Mutable = { -readonly [K in keyof (ItemWriter<string> & ItemStream)]: (ItemWriter<string> & ItemStream)[K] }

/** Runs the contract as a runner would, and gives the names of the tests that fail. */
async function failing(create: () => WriterUnderTest<string>): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = []
  const runner = {
    describe: (_name: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => void tests.push([name, body]),
  }
  itemWriterContract(runner, { name: 'broken', create })
  const failed: string[] = []
  for (const [name, body] of tests) await body().catch(() => failed.push(name))
  return failed
}

describe('the item writer contract', () => {
  it('is failed by no writer that keeps it', async () => {
    expect(await failing(() => lines())).toEqual([])
  })

  it.each<[string, string, (writer: Mutable, file: LineFile) => void]>([
    [
      'does not cut off what was not committed',
      'a restart at any chunk leaves nothing of what was not committed, whatever the chunk size',
      (writer) => (writer.open = () => undefined),
    ],
    [
      'does not return',
      'returnTo undoes what was written since, and only that',
      (writer) => (writer.returnTo = () => undefined),
    ],
    [
      'gives a position that changes',
      'a position is JSON, and a value that later writes do not change',
      (writer, { lines: all }) => (writer.position = () => all as unknown as Json),
    ],
    [
      'changes the array it is handed',
      'the array it was handed is neither kept nor changed',
      (writer, { lines: all }) => {
        writer.write = (chunk) => void all.push(...(chunk as string[]).splice(0))
      },
    ],
    [
      'keeps the array it is handed',
      'the array it was handed is neither kept nor changed',
      (writer, { lines: all }) => {
        let kept: readonly string[] = []
        writer.write = (chunk) => {
          all.push(...kept)
          kept = chunk
        }
        writer.complete = () => void all.push(...kept)
      },
    ],
    [
      'writes its footer twice',
      'complete can be repeated by a restart',
      (writer, { lines: all }) => (writer.complete = () => void all.push('footer')),
    ],
    [
      'cannot be closed twice',
      'closing twice, unopened, half-way and after a failed open does no harm',
      (writer) => {
        writer.close = () => {
          writer.close = () => Promise.reject(new Error('closed'))
        }
      },
    ],
    [
      'loses what was written in the last chunk',
      'chunks of every size are written in order, each item once',
      (writer, { lines: all }) => (writer.close = () => void all.pop()),
    ],
  ])('is failed by one that %s', async (_what, test, change) => {
    expect(await failing(() => lines(change))).toContain(test)
  })

  it('is failed by one that says it is in the transaction and is not', async () => {
    const broken = (): WriterUnderTest<string> => {
      const written: string[] = []
      const writer = { transactional: true, write: (chunk: readonly string[]) => void written.push(...chunk) }
      return { writer: () => writer, items, written: () => written }
    }
    expect(await failing(broken)).toEqual(['what a transaction rolls back is gone'])
  })
})
