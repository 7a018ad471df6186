import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  FlatFileItemWriter,
  JsonItemReader,
  JsonItemWriter,
  JsonLinesItemReader,
  JsonLinesItemWriter,
  MultiResourceItemReader,
  type MultiResourceItemReaderOptions,
  MultiResourceItemWriter,
  type MultiResourceItemWriterOptions,
} from 'chunkwise/file'
import { itemReaderContract, itemWriterContract } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import type { WriteContext } from '../../../src/item/item-context.js'
import { context, readAll } from './reading.js'
import { temporaryFolder } from './temporary-folder.js'

const path = temporaryFolder()
let number = 0

/** A folder with files of JSON lines. */
function folder(files: Readonly<Record<string, readonly unknown[]>> = {}): string {
  const root = path(`folder-${++number}`)
  mkdirSync(root)
  for (const [name, items] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true })
    writeFileSync(join(root, name), items.map((item) => `${JSON.stringify(item)}\n`).join(''))
  }
  return root
}

const lines = ({ path: resource }: { readonly path: string }) => new JsonLinesItemReader<unknown>({ resource })
type Given = Omit<MultiResourceItemReaderOptions<unknown>, 'reader'>
const read = (given: Given, position?: Parameters<typeof readAll>[1]) =>
  readAll(new MultiResourceItemReader({ reader: lines, ...given }), position)

/** The position behind the first items. */
async function positionBehind(count: number, given: Given) {
  const reader = new MultiResourceItemReader({ reader: lines, ...given })
  await reader.open(undefined, context())
  for (let item = 0; item < count; item++) await reader.read(context())
  const position = reader.position()
  await reader.close()
  return position
}

const some = folder({ 'a.x': [1, 2, 3, 4, 5], 'b.x': [], 'c.x': [6, 7], 'd.x': [8], 'e.x': [], 'f.x': [9, 10, 11] })
itemReaderContract(
  { describe, it },
  {
    name: 'MultiResourceItemReader of a pattern',
    create: () => ({
      reader: () =>
        new MultiResourceItemReader({ root: some, reader: lines, map: (item, { name, index }) => [item, name, index] }),
      expected: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((item) => {
        const index = item < 6 ? 0 : item < 8 ? 2 : item < 9 ? 3 : 5
        return [item, `${'abcdef'[index] as string}.x`, index]
      }),
    }),
  },
)

describe('MultiResourceItemReader', () => {
  it('finds files by a pattern below its root, in the order of their paths', async () => {
    const root = folder({ 'b/1.x': [1], 'a/b/2.x': [2], '3.x': [3], 'a/4.y': [4], 'a/5.x': [5], 'a.x/6': [6] })
    const found = async (pattern?: string) =>
      (await read(pattern === undefined ? { root } : { root: pathToFileURL(root), pattern })).items
    expect(await found()).toEqual([3])
    expect(await found('*.x')).toEqual([3])
    expect(await found('*/?.x')).toEqual([5, 1])
    expect(await found('**/*.x')).toEqual([3, 5, 2, 1])
    expect(await found('a/**/*')).toEqual([4, 5, 2])
    expect(await found('**/**/6')).toEqual([6])
  })

  it('reads a list in its order', async () => {
    const resources = ['f.x', 'b.x', 'c.x'].map((name) => join(some, name))
    expect((await read({ resources })).items).toEqual([9, 10, 11, 6, 7])
  })

  it('refuses a link that leads out of its root, and follows one within', async () => {
    const root = folder({ 'a.x': [1] })
    symlinkSync(join(root, 'a.x'), join(root, 'b.x'))
    symlinkSync(root, join(root, 'c.x'))
    expect((await read({ root, pattern: '**/*.x' })).items).toEqual([1, 1])
    symlinkSync(join(some, 'f.x'), join(root, 'd.x'))
    await expect(read({ root })).rejects.toMatchObject({ code: 'BATCH_FILE_ACCESS', file: join(root, 'd.x') })
  })

  it('refuses to find nothing, unless that is allowed', async () => {
    const root = folder()
    await expect(read({ root, pattern: '*.x' })).rejects.toMatchObject({
      code: 'BATCH_NO_RESOURCE',
      pattern: `${root}/*.x`,
    })
    await expect(read({ resources: [] })).rejects.toMatchObject({ code: 'BATCH_NO_RESOURCE' })
    await expect(read({ root: join(root, 'no') })).rejects.toMatchObject({ code: 'BATCH_FILE_ACCESS' })
    const { items, position } = await read({ root, strict: false })
    expect([items, position]).toEqual([[], {}])
    writeFileSync(join(root, 'a'), '1')
    expect((await read({ root }, position)).items).toEqual([1])
  })

  it('reads files that come behind the one where it stopped, and refuses any other change of their list', async () => {
    const root = folder({ b: [1, 2], c: [3, 4], d: [5] })
    const position = await positionBehind(3, { root })
    rmSync(join(root, 'd'))
    writeFileSync(join(root, 'e'), '6')
    expect((await read({ root }, position)).items).toEqual([4, 6])
    writeFileSync(join(root, 'a'), '0')
    await expect(read({ root }, position)).rejects.toMatchObject({ code: 'BATCH_RESOURCES_CHANGED', resource: 'c' })
    renameSync(join(root, 'a'), join(root, 'b'))
    expect((await read({ root }, position)).items).toEqual([4, 6])
    renameSync(join(root, 'b'), join(root, 'bb'))
    await expect(read({ root }, position)).rejects.toMatchObject({ code: 'BATCH_RESOURCES_CHANGED' })
    rmSync(join(root, 'c'))
    await expect(read({ root }, position)).rejects.toThrow(/not there any more/)
    await expect(read({ root }, { offset: 1 })).rejects.toMatchObject({ code: 'BATCH_POSITION' })
  })

  it('passes on the errors of records, and goes on behind them', async () => {
    const root = folder({ a: [1], b: [2] })
    writeFileSync(join(root, 'aa'), '{\n3\n')
    const { items, errors } = await read({ root })
    expect(items).toEqual([1, 3, 2])
    expect(errors).toMatchObject([{ code: 'BATCH_FILE_RECORD', file: join(root, 'aa'), line: 1 }])
  })

  it('does not lose what map has failed for', async () => {
    const root = folder({ a: [1, 2, 3] })
    const map = (item: unknown) => {
      if (item === 2) throw new Error('no twos')
      return item
    }
    const reader = new MultiResourceItemReader({ root, reader: lines, map })
    await reader.open(undefined, context())
    for (let time = 0; time < 2; time++) await expect(reader.readChunk(3, context())).rejects.toThrow('no twos')
    await reader.close()
  })

  it.each([
    [{}, 'root'],
    [{ root: 'x', resources: [] }, 'root'],
    [{ root: 'x', pattern: '../*' }, 'pattern'],
    [{ root: 'x', pattern: '/etc/*' }, 'pattern'],
    [{ root: 'x', pattern: '**' }, 'pattern'],
    [{ resources: ['a', './a'] }, 'resources[1]'],
    [{ resources: ['a'], pattern: '*' }, 'pattern'],
    [{ resources: 'a' }, 'resources'],
    [{ resources: ['a'], reader: 5 }, 'reader'],
    [{ resources: ['a'], map: 5 }, 'map'],
    [{ resources: ['a'], strict: 5 }, 'strict'],
  ])('refuses the options %j', (given, name) => {
    const make = () => new MultiResourceItemReader({ reader: lines, ...given } as never)
    expect(make).toThrow(`MultiResourceItemReader.${name}`)
  })
})

const rows = Array.from({ length: 25 }, (_, id) => ({ id, name: `é ${id}` }))
type Row = (typeof rows)[number]
type Limits = Pick<MultiResourceItemWriterOptions<Row>, 'maxItems' | 'maxBytes'>

const inFolder = (root: string) => (index: number) => join(root, `part-${String(index).padStart(3, '0')}.json`)
const writerOf = (root: string, limits: Limits, atomic = false) =>
  new MultiResourceItemWriter<Row>({
    resource: inFolder(root),
    writer: (resource) => new JsonItemWriter({ resource, atomic }),
    ...limits,
  })

function partsOf(root: string): Row[][] {
  const parts: Row[][] = []
  for (let file = inFolder(root)(0); existsSync(file); file = inFolder(root)(parts.length)) {
    parts.push(JSON.parse(readFileSync(file, 'utf8')) as Row[])
  }
  return parts
}

for (const limits of [{ maxItems: 4 }, { maxItems: 1 }, { maxBytes: 90 }, { maxItems: 5, maxBytes: 60 }]) {
  for (const atomic of [false, true]) {
    itemWriterContract(
      { describe, it },
      {
        name: `MultiResourceItemWriter, ${JSON.stringify(limits)}, atomic: ${atomic}`,
        create: () => {
          const root = folder()
          return {
            writer: () => writerOf(root, limits, atomic),
            items: rows,
            written: () => {
              const parts = partsOf(root)
              for (const [index, part] of parts.entries()) {
                expect(part.length).toBeLessThanOrEqual(limits.maxItems ?? 100)
                if (parts.length > 1) expect(part.length).toBeGreaterThan(0)
                const isExact = limits.maxItems !== undefined && limits.maxBytes === undefined
                if (isExact && index < parts.length - 1) expect(part).toHaveLength(limits.maxItems)
                expect(existsSync(`${inFolder(root)(index)}.part`)).toBe(false)
              }
              return parts.flat()
            },
          }
        },
      },
    )
  }
}

describe('MultiResourceItemWriter', () => {
  const written = { ...context(), keys: rows.map(({ id }) => String(id)) } as unknown as WriteContext

  it('completes a file when the chunk that filled it has committed, not before', async () => {
    const root = folder()
    const writer = writerOf(root, { maxItems: 2 }, true)
    await writer.open(undefined, context())
    await writer.write(rows.slice(0, 5), written)
    expect(partsOf(root)).toEqual([])
    await writer.write(rows.slice(5, 6), written)
    expect(partsOf(root)).toEqual([rows.slice(0, 2), rows.slice(2, 4)])
    await writer.complete()
    await writer.close()
    expect(partsOf(root)).toEqual([rows.slice(0, 2), rows.slice(2, 4), rows.slice(4, 6)])
  })

  it('removes the files of a rolled-back chunk, and those of a run that died', async () => {
    const root = folder()
    const writer = writerOf(root, { maxItems: 2 })
    await writer.open(undefined, context())
    await writer.write(rows.slice(0, 3), written)
    const position = writer.position()
    await writer.write(rows.slice(3, 11), written)
    expect(existsSync(inFolder(root)(4))).toBe(true)
    await writer.returnTo(position)
    expect(existsSync(inFolder(root)(2))).toBe(false)
    await writer.write(rows.slice(3, 11), written)
    const restarted = writerOf(root, { maxItems: 2 })
    await restarted.open(position, context())
    expect(existsSync(inFolder(root)(2))).toBe(false)
    await restarted.complete()
    await restarted.close()
    await writer.close()
    expect(partsOf(root)).toEqual([rows.slice(0, 2), rows.slice(2, 3)])
  })

  it('gives each file its header and footer, and each part of a chunk its keys', async () => {
    const root = folder()
    const keys: string[][] = []
    const writer = new MultiResourceItemWriter<Row>({
      resource: inFolder(root),
      maxItems: 2,
      writer: (resource) => {
        const inner = new FlatFileItemWriter<Row>({
          resource,
          columns: ['id'],
          header: true,
          footer: (count) => `${count} rows`,
        })
        const write = inner.write.bind(inner)
        inner.write = (items: readonly Row[], given?: WriteContext) => {
          keys.push([...(given?.keys ?? [])])
          return write(items)
        }
        return inner
      },
    })
    await writer.open(undefined, context())
    await writer.write(rows.slice(0, 3), written)
    await writer.complete()
    await writer.close()
    expect([0, 1].map((index) => readFileSync(inFolder(root)(index), 'utf8'))).toEqual([
      'id\n0\n1\n2 rows\n',
      'id\n2\n1 rows\n',
    ])
    expect(keys).toEqual([['0', '1'], ['2']])
  })

  it('writes what MultiResourceItemReader reads', async () => {
    const root = folder()
    const writer = writerOf(root, { maxItems: 3 })
    await writer.open(undefined, context())
    await writer.write(rows, written)
    await writer.complete()
    await writer.close()
    const reader = new MultiResourceItemReader({
      root,
      pattern: 'part-*.json',
      reader: ({ path: resource }) => new JsonItemReader<Row>({ resource }),
    })
    expect((await readAll(reader)).items).toEqual(rows)
  })

  it('refuses paths that come again, and a writer without a place', async () => {
    const writer = (resource: string) => new JsonLinesItemWriter({ resource })
    const again = new MultiResourceItemWriter({ resource: () => path('same'), writer, maxItems: 1 })
    await expect(again.open(undefined, context())).rejects.toMatchObject({ code: 'BATCH_INVALID_OPTION' })
    const plain = { write: () => undefined } as never
    const placeless = new MultiResourceItemWriter({ resource: inFolder(folder()), writer: () => plain, maxItems: 1 })
    await expect(placeless.open(undefined, context())).rejects.toThrow(/MultiResourceItemWriter\.writer/)
    const lengthless = new MultiResourceItemWriter({
      resource: inFolder(folder()),
      writer: () => ({ write: () => undefined, open: () => undefined, position: () => 1, close: () => undefined }),
      maxBytes: 1,
    })
    await expect(lengthless.open(undefined, context())).rejects.toThrow(/MultiResourceItemWriter\.maxBytes/)
    await lengthless.close()
  })

  it.each([
    [{}, 'maxItems'],
    [{ maxItems: 0 }, 'maxItems'],
    [{ maxBytes: 0.5 }, 'maxBytes'],
    [{ maxItems: 1, resource: 'x' }, 'resource'],
    [{ maxItems: 1, writer: 'x' }, 'writer'],
  ])('refuses the options %j', (given, name) => {
    const make = () => new MultiResourceItemWriter({ resource: () => '', writer: () => ({}), ...given } as never)
    expect(make).toThrow(`MultiResourceItemWriter.${name}`)
  })
})
