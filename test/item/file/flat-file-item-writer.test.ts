import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { FlatFileItemReader, FlatFileItemWriter, type FlatFileItemWriterOptions } from 'chunkwise/file'
import { itemWriterContract } from 'chunkwise/testing'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/support/json.js'
import { readAll } from './reading.js'
import { temporaryFolder } from './temporary-folder.js'

const path = temporaryFolder()
let number = 0
const file = (ending = '.csv'): string => path(`written-${++number}${ending}`)

/** Writes items, each as a chunk, and returns the bytes of the file. */
async function write<T>(options: FlatFileItemWriterOptions<T>, items: readonly T[]): Promise<Buffer> {
  const writer = new FlatFileItemWriter(options)
  try {
    await writer.open(undefined)
    for (const item of items) await writer.write([item])
    await writer.complete()
  } finally {
    await writer.close()
  }
  return readFileSync(options.resource)
}

interface Row {
  readonly id: number
  readonly name: unknown
}
const text = async (given: Partial<FlatFileItemWriterOptions<Row>>, ...items: Row[]) =>
  String(await write({ resource: file(), columns: ['id', 'name'], ...given }, items))

const contractItems = Array.from({ length: 23 }, (_, id) => ({ id, name: `"${id}",\n€` }))
for (const [name, ending, mode] of [
  ['of a plain file', '.csv', {}],
  ['that forces each chunk to the disk', '.csv', { forceSync: true }],
  ['of a gzip file', '.gz', {}],
  ['that is atomic', '.csv', { atomic: true }],
  ['that appends', '.csv', { append: true }],
] as const) {
  itemWriterContract(
    { describe, it },
    {
      name: `FlatFileItemWriter ${name}`,
      create: () => {
        const resource = file(ending)
        const columns = { id: 'long', name: 'string' } as const
        return {
          writer: () =>
            new FlatFileItemWriter<Row>({ resource, columns: ['id', 'name'], header: true, footer: '#', ...mode }),
          items: contractItems,
          written: async () => {
            const reader = new FlatFileItemReader({ resource, columns, header: true, comment: '#' })
            return (await readAll(reader)).items as Row[]
          },
        }
      },
    },
  )
}

describe('FlatFileItemWriter', () => {
  it('writes what a reader reads, over all of Unicode', async () => {
    const field = fc.oneof(
      fc.constant(null),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '|', '\n', '\r', '\ufeff', '😀', '\0', ' ', '#') }),
    )
    const items = fc.array(fc.record({ a: field, b: field, c: fc.integer() }), { maxLength: 8 })
    const columns = {
      a: { type: 'string', nullable: true },
      b: { type: 'string', nullable: true },
      c: 'long',
    } as const
    await fc.assert(
      fc.asyncProperty(
        items,
        fc.constantFrom(',', ';', '||', '\t'),
        fc.constantFrom('utf-8', 'utf-16le'),
        fc.boolean(),
        fc.constantFrom('', '.gz'),
        async (rows, delimiter, encoding, byteOrderMark, ending) => {
          const resource = file(ending)
          const lineEnd = byteOrderMark ? '\r\n' : '\n'
          const options = { resource, columns: ['a', 'b', 'c'], delimiter, encoding, byteOrderMark, lineEnd } as const
          await write<{ a: unknown; b: unknown; c: number }>(options, rows)
          const reader = new FlatFileItemReader({ resource, columns, delimiter, encoding })
          expect(await readAll(reader)).toMatchObject({ items: rows, errors: [] })
        },
      ),
      { numRuns: 150 },
    )
  })

  it('writes what csv-parse reads', async () => {
    const items = fc.array(fc.record({ a: fc.string({ unit: 'binary' }), b: fc.string() }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(items, fc.constantFrom('needed', 'all'), async (rows, quoting) => {
        const bytes = await write({ resource: file(), columns: ['a', 'b'], header: true, quoting }, rows)
        expect(parse(bytes, { columns: true })).toEqual(rows)
      }),
      { numRuns: 100 },
    )
  })

  it('writes header and footer once, values as text, and null as nothing', async () => {
    const resource = file()
    const items = [
      { id: 1, born: new Date('2024-02-29T10:00:00Z'), active: true, big: 12345678901234567890n, note: null },
      { id: -0.5, born: undefined, active: false, big: 0n, note: '' },
    ]
    const columns = { id: 'id', 'born, on': 'born', active: 'active', big: 'big', note: 'note', n: () => 7 } as const
    const bytes = await write(
      { resource: pathToFileURL(resource), columns, header: true, footer: (n) => `# ${n}` },
      items,
    )
    expect(String(bytes)).toBe(
      'id,"born, on",active,big,note,n\n' +
        '1,2024-02-29T10:00:00.000Z,true,12345678901234567890,,7\n' +
        '-0.5,,false,0,"",7\n' +
        '# 2\n',
    )
  })

  it('writes header and footer though there are no items', async () => {
    expect(await text({ header: () => 'begin', footer: 'end', lineEnd: '\r\n' })).toBe('begin\r\nend\r\n')
    expect(await text({ header: true, byteOrderMark: true })).toBe('\ufeffid,name\n')
  })

  it('quotes what it must, or all, or nothing', async () => {
    expect(await text({ quoting: 'all', delimiter: ';' }, { id: 1, name: 'a"b' })).toBe('"1";"a""b"\n')
    expect(await text({ delimiter: '||' }, { id: 1, name: 'a|' })).toBe('1||"a|"\n')
    expect(await text({ quote: false }, { id: 1, name: 'a"b' })).toBe('1,a"b\n')
    expect(await text({ columns: ['name'] }, { id: 1, name: null })).toBe('""\n')
    await expect(text({ quote: false }, { id: 1, name: 'a,b' })).rejects.toMatchObject({ column: 'name', value: 'a,b' })
    await expect(text({ quote: false, columns: ['name'] }, { id: 1, name: null })).rejects.toMatchObject({
      code: 'BATCH_FLAT_FILE_VALUE',
    })
  })

  it('keeps a spreadsheet from running what is text', async () => {
    const items = ['=1+1', '+1', '-1', '@x', '\tx', 'a=b', -1].map((name, id) => ({ id, name }))
    expect(await text({ escapeFormulas: true }, ...items)).toBe("0,'=1+1\n1,'+1\n2,'-1\n3,'@x\n4,'\tx\n5,a=b\n6,-1\n")
  })

  it('fills up columns of fixed length, and refuses what is longer', async () => {
    const columns = {
      id: { width: 5, align: 'right', pad: '0' },
      name: { width: 4 },
      tag: { value: ({ id }: Row) => `t${id}`, width: 2 },
    } as const
    expect(await text({ columns, header: 'h' }, { id: 7, name: 'äö' }, { id: 8, name: null })).toBe(
      'h\n00007äö  t7\n00008    t8\n',
    )
    await expect(text({ columns }, { id: 123456, name: '' })).rejects.toMatchObject({
      code: 'BATCH_FLAT_FILE_VALUE',
      column: 'id',
      value: 123456,
      message: 'FlatFileItemWriter cannot write 123456 to column "id": it has 6 characters, and the column 5',
    })
    await expect(text({ columns }, { id: 1, name: 'a\n' })).rejects.toThrow('it has a line break')
  })

  it.each([[{}], [[1]], [Symbol('x')], [NaN], [Infinity], [new Date(NaN)], ['\ud800'], [() => 1]])(
    'refuses a value without a text: %o',
    async (name) => {
      await expect(text({}, { id: 1, name })).rejects.toMatchObject({ code: 'BATCH_FLAT_FILE_VALUE', column: 'name' })
    },
  )

  it('refuses a character that the encoding does not have', async () => {
    expect(await write({ resource: file(), columns: ['name'], encoding: 'latin1' }, [{ name: 'ä' }])).toEqual(
      Buffer.from([0xe4, 10]),
    )
    await expect(text({ encoding: 'latin1' }, { id: 1, name: '€' })).rejects.toMatchObject({ column: 'name' })
    await expect(text({ encoding: 'latin1', footer: '€' })).rejects.toMatchObject({ column: 'footer' })
  })

  it('appends to what is there, with a header only where nothing is', async () => {
    const resource = file()
    const options = { resource, columns: ['id'], header: true, append: true } as const
    expect(String(await write<Row>(options, [{ id: 1, name: '' }]))).toBe('id\n1\n')
    expect(String(await write<Row>(options, [{ id: 2, name: '' }]))).toBe('id\n1\n2\n')
  })

  it('begins anew as long as it has written no record, whatever became of its file', async () => {
    for (const mode of [{}, { atomic: true }]) {
      const resource = file()
      const options = { resource, columns: ['id'], header: true, ...mode } as const
      const dead = new FlatFileItemWriter<Row>(options)
      await dead.open(undefined)
      const first = dead.position()
      await dead.close()
      rmSync(resource, { force: true })
      rmSync(`${resource}.part`, { force: true })
      const writer = new FlatFileItemWriter<Row>(options)
      await writer.open(first)
      await writer.write([{ id: 1, name: '' }])
      await writer.complete()
      expect(readFileSync(resource, 'utf8')).toBe('id\n1\n')
    }
  })

  it('is seen as a whole or not at all, when it is atomic', async () => {
    const resource = file()
    writeFileSync(resource, 'yesterday\n')
    const writer = new FlatFileItemWriter<Row>({ resource, columns: ['id'], atomic: true, footer: 'end' })
    await writer.open(undefined)
    await writer.write([{ id: 1, name: '' }])
    expect(readFileSync(resource, 'utf8')).toBe('yesterday\n')
    await writer.complete()
    await writer.complete()
    await writer.close()
    expect([readFileSync(resource, 'utf8'), existsSync(`${resource}.part`)]).toEqual(['1\nend\n', false])
  })

  it('can be closed twice and unopened, and is not written before it is open', async () => {
    const writer = new FlatFileItemWriter<Row>({ resource: file(), columns: ['id'] })
    await writer.close()
    await expect(writer.write([])).rejects.toMatchObject({ code: 'BATCH_NOT_OPEN' })
    await writer.open(undefined)
    await writer.close()
    await writer.close()
  })

  it.each([
    ['resource', { resource: 5 }],
    ['resource', { resource: new URL('https://example.org/') }],
    ['columns', { columns: [] }],
    ['columns', { columns: ['a', 'a'] }],
    ['columns.a', { columns: { a: 5 } }],
    ['columns.b', { columns: { a: { width: 1 }, b: 'b' } }],
    ['columns.a.width', { columns: { a: { width: 0 } } }],
    ['columns.a.pad', { columns: { a: { width: 1, pad: '' } } }],
    ['header', { header: 5 }],
    ['header', { columns: { a: { width: 1 } }, header: true }],
    ['footer', { footer: true }],
    ['delimiter', { delimiter: '' }],
    ['lineEnd', { lineEnd: ';' }],
    ['encoding', { encoding: 'utf8' }],
    ['byteOrderMark', { encoding: 'latin1', byteOrderMark: true }],
    ['append', { append: true, atomic: true }],
    ['forceSync', { forceSync: 1 }],
    ['quoted', { quoted: true }],
  ])('checks its options: %s', (option, given) => {
    const options = { resource: 'a.csv', columns: ['a'], ...given }
    expect(() => new FlatFileItemWriter(options as never)).toThrow(
      expect.objectContaining({ code: 'BATCH_INVALID_OPTION', option: `FlatFileItemWriter.${option}` }) as Error,
    )
  })
})

interface Life {
  readonly chunk: number
  readonly end: 'commit' | 'rollback' | 'die' | 'die in the middle'
}

describe('a FlatFileItemWriter that dies', () => {
  const lives = fc.array(
    fc.record({
      chunk: fc.integer({ min: 1, max: 3 }),
      end: fc.constantFrom('commit', 'commit', 'rollback', 'die', 'die in the middle'),
    }) as fc.Arbitrary<Life>,
    { maxLength: 12 },
  )
  const modes = fc.constantFrom({}, { atomic: true }, { append: true }, { forceSync: true })

  it('leaves exactly the committed records, header and footer once', async () => {
    await fc.assert(
      fc.asyncProperty(lives, modes, fc.constantFrom('', '.gz'), fc.nat(2), async (chunks, mode, ending, deadEnds) => {
        const resource = file(ending)
        const options = { resource, columns: ['id'], header: true, footer: (n: number) => `${n}`, ...mode } as const
        const working = 'atomic' in mode ? `${resource}.part` : resource
        const dead: FlatFileItemWriter<{ id: number }>[] = []
        const open = async (position: Json | undefined): Promise<FlatFileItemWriter<{ id: number }>> => {
          const writer = new FlatFileItemWriter<{ id: number }>(options)
          await writer.open(position)
          dead.push(writer)
          return writer
        }
        let committed: number[] = []
        let writer = await open(undefined)
        let stored = writer.position()
        let next = 0
        for (const { chunk, end } of chunks) {
          const before = writer.position()
          const items = Array.from({ length: chunk }, () => ({ id: next++ }))
          await writer.write(items)
          if (end === 'rollback') await writer.returnTo(before)
          else if (end === 'commit') {
            committed = [...committed, ...items.map(({ id }) => id)]
            stored = JSON.parse(JSON.stringify(writer.position())) as Json
          } else {
            // What a system has written of a call that was under way.
            if (end === 'die in the middle') writeFileSync(working, 'half a rec', { flag: 'a' })
            writer = await open(stored)
          }
        }
        // Deaths between the end of the file and the end of the step.
        for (let death = 0; death < deadEnds; death++) {
          await writer.complete()
          writer = await open(stored)
        }
        await writer.complete()
        await Promise.all(dead.map((one) => one.close()))
        const bytes = readFileSync(resource)
        const lines = ['id', ...committed, committed.length].map((line) => `${line}\n`).join('')
        expect(String(ending === '' ? bytes : gunzipSync(bytes))).toBe(lines)
      }),
      { numRuns: 150 },
    )
  })
})
