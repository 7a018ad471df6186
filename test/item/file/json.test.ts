import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import {
  JsonItemReader,
  type JsonItemReaderOptions,
  JsonItemWriter,
  JsonLinesItemReader,
  type JsonLinesItemReaderOptions,
  JsonLinesItemWriter,
} from 'chunkwise/file'
import { itemReaderContract, itemWriterContract } from 'chunkwise/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { context, inPieces, readAll } from './reading.js'
import { temporaryFolder } from './temporary-folder.js'

const path = temporaryFolder()
let number = 0
const file = (ending: string): string => path(`${++number}${ending}`)

const rows = Array.from({ length: 40 }, (_, id) => ({
  id,
  name: Array.from(`é "${id}",]\n[€😀\\`).slice(0, id).join(''),
}))
type Row = (typeof rows)[number]
const separators = ['\n', '\r\n', '\n\n', ' \n']
const lines = `\ufeff\n${rows.map((row) => JSON.stringify(row) + separators[row.id % 4]).join('')}`
const array = `\ufeff{"n": [1, {"data": [0]}], "data": {"x": {"items": {}}, "items": [\n${rows
  .map((row) => JSON.stringify(row, undefined, row.id % 3))
  .join(' ,\r\n')} ]}, "last": [[], {}, "]"]} `
writeFileSync(path('rows.ndjson'), lines)
writeFileSync(path('rows.ndjson.gz'), gzipSync(lines))
writeFileSync(path('rows.json'), array)
writeFileSync(path('rows.json.gz'), gzipSync(array))

for (const ending of ['', '.gz', undefined]) {
  const kind = ending === undefined ? 'a stream' : `a file${ending}`
  const of = (name: string, text: string) =>
    ending === undefined ? inPieces(Buffer.from(text), [1, 7, 100, 3]) : path(name + ending)
  itemReaderContract(
    { describe, it },
    {
      name: `JsonLinesItemReader of ${kind}`,
      create: () => ({
        reader: () => new JsonLinesItemReader<Row>({ resource: of('rows.ndjson', lines) }),
        expected: rows,
      }),
    },
  )
  itemReaderContract(
    { describe, it },
    {
      name: `JsonItemReader of ${kind}`,
      create: () => ({
        reader: () => new JsonItemReader<Row>({ resource: of('rows.json', array), path: 'data.items' }),
        expected: rows,
      }),
    },
  )
}

for (const ending of ['', '.gz']) {
  for (const atomic of [false, true]) {
    itemWriterContract(
      { describe, it },
      {
        name: `JsonLinesItemWriter${ending}, atomic: ${atomic}`,
        create: () => {
          const resource = file(`.ndjson${ending}`)
          return {
            writer: () => new JsonLinesItemWriter({ resource, atomic }),
            items: rows,
            written: async () => (await readAll(new JsonLinesItemReader({ resource }))).items as typeof rows,
          }
        },
      },
    )
    itemWriterContract(
      { describe, it },
      {
        name: `JsonItemWriter${ending}, atomic: ${atomic}`,
        create: () => {
          const resource = file(`.json${ending}`)
          const text = () => (ending === '' ? readFileSync(resource) : gunzipSync(readFileSync(resource))).toString()
          return {
            writer: () => new JsonItemWriter({ resource, atomic }),
            items: rows,
            written: () => JSON.parse(text()) as typeof rows,
          }
        },
      },
    )
  }
}

const readLines = (text: string | Uint8Array, options: Partial<JsonLinesItemReaderOptions<unknown>> = {}, piece = 9) =>
  readAll(new JsonLinesItemReader({ ...options, resource: inPieces(Buffer.from(text as string), [piece]) }))
const readArray = (text: string | Uint8Array, options: Partial<JsonItemReaderOptions<unknown>> = {}, piece = 9) =>
  readAll(new JsonItemReader({ ...options, resource: inPieces(Buffer.from(text as string), [piece]) }))

const schema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof value === 'number' ? { value: { value } } : { issues: [{ message: 'no number' }] },
  },
} as const

describe('JsonLinesItemReader', () => {
  it('reads what JSON.stringify gives, in pieces of any size', async () => {
    const items = fc.array(
      fc.jsonValue().filter((value) => value !== null),
      { maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(
        items,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('\n', '\r\n'),
        async (all, size, end) => {
          const text = all.map((item) => JSON.stringify(item) + end).join('')
          const read = await readLines(text, {}, size)
          expect(read).toMatchObject({ items: JSON.parse(JSON.stringify(all)) as unknown, errors: [] })
        },
      ),
    )
  })

  it('names what is no item, and reads on', async () => {
    const text = Buffer.concat([
      Buffer.from('{"a":1}\n{"a":2\nnull\n"\u0000"\n1 2\n'),
      Buffer.from([0x22, 0xff, 0x22, 0x0a]),
      Buffer.from(`${'[9,9,9,9,9,9,9]'.padEnd(60)}\n{"a":3}\n{"a":`),
    ])
    const { items, errors } = await readLines(text, { maxRecordBytes: 40 })
    expect(items).toEqual([{ a: 1 }, { a: 3 }])
    expect(errors).toMatchObject(
      [
        [2, 8, '{"a":2'],
        [3, 15, 'null'],
        [4, 20, '"\0"'],
        [5, 24, '1 2'],
        [6, 28, '"\ufffd"'],
        [7, 32, '[9,9'],
        [9, 101, '{"a":'],
      ].map(([line, byteOffset, beginning]) => ({
        code: 'BATCH_FILE_RECORD',
        line,
        byteOffset,
        text: expect.stringContaining(beginning as string) as unknown,
      })),
    )
  })

  it('keeps names that objects inherit as ordinary properties', async () => {
    const { items } = await readLines('{"__proto__":{"admin":true},"constructor":1}')
    expect(Object.entries(items[0] as object)).toEqual([
      ['__proto__', { admin: true }],
      ['constructor', 1],
    ])
    expect((items[0] as { admin?: unknown }).admin).toBeUndefined()
  })

  it('takes what a schema makes, and refuses what it refuses', async () => {
    const { items, errors } = await readLines('1\n"x"\n2\n', { schema })
    expect(items).toEqual([{ value: 1 }, { value: 2 }])
    expect(errors).toMatchObject([{ code: 'BATCH_FILE_RECORD', line: 2, cause: { code: 'BATCH_ITEM_INVALID' } }])
  })

  it('passes a line of 300 MB in bounded memory', async () => {
    const block = Buffer.alloc(1024 * 1024, 0x61)
    const resource = async function* () {
      yield Buffer.from('1\n"')
      for (let count = 0; count < 300; count++) yield block
      yield Buffer.from('"\n2\n')
    }
    const before = process.memoryUsage().rss
    const { items, errors } = await readAll(new JsonLinesItemReader({ resource }))
    expect(items).toEqual([1, 2])
    expect(errors).toMatchObject([{ code: 'BATCH_FILE_RECORD', line: 2, byteOffset: 2 }])
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
  })
})

describe('JsonItemReader', () => {
  it('reads the elements that JSON.parse finds, wherever the array is, in pieces of any size', async () => {
    const name = fc.oneof(fc.constantFrom('a', 'b', '__proto__', '*', '.', '"]'), fc.string({ unit: 'binary' }))
    const value = fc.jsonValue({ maxDepth: 3 })
    const items = fc.array(
      value.filter((one) => one !== null),
      { maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(
        items,
        fc.array(name, { maxLength: 3 }),
        fc.dictionary(name, value),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom(undefined, 1),
        async (all, names, others, size, indent) => {
          const document = names.reduceRight<unknown>((inner, one) => {
            const entries = [...Object.entries(others).filter(([other]) => other !== one), [one, inner] as const]
            return Object.fromEntries(size % 2 === 0 ? entries : entries.reverse())
          }, all)
          const text = JSON.stringify(document, undefined, indent)
          const resource = inPieces(Buffer.from(text), [size])
          const { items: read, errors } = await readAll(new JsonItemReader({ resource, path: names }))
          expect({ read, errors }).toEqual({ read: JSON.parse(JSON.stringify(all)) as unknown, errors: [] })
        },
      ),
    )
  })

  it('names an element that is no item, and reads on', async () => {
    const text = '[1, null,, {"a":}, "x" 3, [2] , {"long":"0123456789012345678901234567890123456789"}, 4,]'
    const { items, errors } = await readArray(text, { maxRecordBytes: 30 })
    expect(items).toEqual([1, [2], 4])
    expect(errors).toMatchObject(
      [
        [4, 'null'],
        [9, ''],
        [11, '{"a":}'],
        [19, '"x" 3'],
        [32, '{"long":'],
        [87, ''],
      ].map(([byteOffset, beginning]) => ({
        code: 'BATCH_FILE_RECORD',
        byteOffset,
        text: expect.stringContaining(beginning as string) as unknown,
      })),
    )
  })

  it.each([
    ['a file that ends in an element', '[1, {"a": ', [1]],
    ['a file that ends behind an element', '[1, 2', [1]],
    ['a file that ends behind the array', '{"x": {"y": 1}, "a": [1]', [1], 'a'],
    ['an empty file', '', []],
    ['no array at the path', '{"b": [1]}', [], 'a'],
    ['no array at the top', '{"b": [1]}', []],
    ['something else at the path', '{"a": {"0": 1}}', [], 'a'],
    ['something behind the document', '[1] 2', [1]],
    ['rubbish before the array', '{"b" 5, "a": [1]}', [], 'a'],
    ['rubbish behind the array', '{"a": [1] "b": 2}', [1], 'a'],
    ['HTML', '<html>', []],
    ['NUL bytes', '\0\0\0\0', []],
    ['UTF-16', Buffer.from('\ufeff[1]', 'utf16le'), []],
    ['deep nesting around the array', `{"b": ${'['.repeat(100_000)}`, [], 'a'],
    ['a huge name', `{"${'n'.repeat(300_000)}": 1, "a": []}`, [], 'a'],
  ])('refuses %s for good', async (_what, text, given, at?: string) => {
    for (const piece of [3, 4_000_000]) {
      const reader = new JsonItemReader({
        resource: inPieces(Buffer.from(text as string), [piece]),
        maxRecordBytes: 100_000,
        ...(at === undefined ? {} : { path: at }),
      })
      const items: unknown[] = []
      const read = async () => {
        for (let item = await reader.read(context()); item !== null; item = await reader.read(context()))
          items.push(item)
      }
      const opened = (async () => {
        await reader.open(undefined, context())
        await read()
      })()
      const error: unknown = await opened.then(
        () => undefined,
        (cause: unknown) => cause,
      )
      expect(error).toMatchObject({ code: 'BATCH_FILE_DOCUMENT' })
      expect(items).toEqual(given)
      await expect(read()).rejects.toMatchObject({ code: expect.stringMatching(/FILE_DOCUMENT|NOT_OPEN/) as unknown })
      await reader.close()
    }
  })

  it('passes an element of 300 MB, and one that is nested deeply, in bounded memory', async () => {
    const block = Buffer.alloc(1024 * 1024, 0x61)
    const deep = 100_000
    const resource = async function* () {
      yield Buffer.from('{"before": {"x": [')
      for (let count = 0; count < 30_000; count++) yield Buffer.from('{"some": "thing"},')
      yield Buffer.from('0]}, "items": [1, "')
      for (let count = 0; count < 300; count++) yield block
      yield Buffer.from(`", 2, ${'['.repeat(deep)}${']'.repeat(deep)}]}`)
    }
    const before = process.memoryUsage().rss
    const { items, errors } = await readAll(new JsonItemReader({ resource, path: 'items' }))
    expect(items.slice(0, 2)).toEqual([1, 2])
    expect(items).toHaveLength(3)
    expect(errors).toMatchObject([{ code: 'BATCH_FILE_RECORD' }])
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
  })

  it('goes on behind a bad element after a restart', async () => {
    const resource = path('bad.json')
    writeFileSync(resource, '[1, x, 2, y, 3]')
    const reader = new JsonItemReader({ resource })
    await reader.open(undefined, context())
    const seen: unknown[] = []
    let position = reader.position()
    for (let step = 0; step < 5; step++) {
      await reader.open(position, context())
      seen.push(await (async () => reader.read(context()))().catch((error: { text: string }) => error.text))
      position = reader.position()
    }
    await reader.open(position, context())
    seen.push(await reader.read(context()))
    await reader.close()
    expect(seen).toEqual([1, 'x', 2, 'y', 3, null])
  })

  it('refuses a directory, and a file that changed before its place', async () => {
    const directory = new JsonItemReader({ resource: path('.') })
    await expect(directory.open(undefined, context())).rejects.toMatchObject({ code: 'BATCH_FILE_ACCESS' })
    const resource = path('changed.json')
    writeFileSync(resource, '[10, 20, 30]')
    const reader = new JsonItemReader({ resource })
    await reader.open(undefined, context())
    await reader.read(context())
    const position = reader.position()
    writeFileSync(resource, '[11, 20, 30]')
    await expect(reader.open(position, context())).rejects.toMatchObject({ code: 'BATCH_FILE_CHANGED' })
  })

  it.each([[5], ['a..b'], [[1]]])('refuses the path %j', (bad) => {
    expect(() => new JsonItemReader({ resource: 'x', path: bad as never })).toThrow(/JsonItemReader\.path/)
  })
})

describe('JSON that is written', () => {
  it('is what was given, over all of JSON', async () => {
    const items = fc.array(
      fc.jsonValue().filter((value) => value !== null),
      { maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(items, async (all) => {
        for (const [writer, Reader] of [
          [new JsonItemWriter({ resource: path('p.json') }), JsonItemReader],
          [new JsonLinesItemWriter({ resource: path('p.json') }), JsonLinesItemReader],
        ] as const) {
          await writer.open(undefined)
          for (const item of all) await writer.write([item])
          await writer.complete()
          await writer.close()
          const { items: read } = await readAll(new Reader({ resource: path('p.json') }))
          expect(read).toEqual(JSON.parse(JSON.stringify(all)))
        }
      }),
      { numRuns: 50 },
    )
  })

  it.each([[10n], [undefined], [() => 1], [{ a: 10n }], [Number.NaN]])('is refused for %s', async (item) => {
    const writer = new JsonLinesItemWriter({ resource: file('.ndjson') })
    await writer.open(undefined)
    await expect(writer.write([1, item])).rejects.toMatchObject({ code: 'BATCH_FILE_VALUE' })
    await writer.close()
  })

  it('may have its values replaced, and stand behind what is there', async () => {
    const resource = file('.ndjson')
    writeFileSync(resource, '1\n')
    const replacer = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
    const writer = new JsonLinesItemWriter({ resource, replacer, append: true })
    await writer.open(undefined)
    await writer.write([{ a: 10n }])
    await writer.complete()
    await writer.close()
    expect(readFileSync(resource, 'utf8')).toBe('1\n{"a":"10"}\n')
  })
})
