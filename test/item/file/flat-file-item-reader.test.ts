import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { FlatFileItemReader, type FlatFileItemReaderOptions } from 'chunkwise/file'
import { itemReaderContract } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { context, inPieces, readAll, readText } from './reading.js'
import { temporaryFolder } from './temporary-folder.js'

const path = temporaryFolder()
const rows = Array.from({ length: 40 }, (_, index) => ({
  id: index,
  name: `é "${index}",\n€`.slice(0, index) + (index % 3 === 0 ? '😀' : ''),
}))
const csv = `\ufeffsome title\r\nid,name\r\n${rows
  .map(({ id, name }) => `${id},"${name.replaceAll('"', '""')}"${['\n', '\r\n', '\r', '\n\n# comment\n'][id % 4]}`)
  .join('')}`
const fixed = rows.map(({ id }) => `${String(id).padStart(5)}${`äöü${id}`.padEnd(8)}\n`).join('')

writeFileSync(path('rows.csv'), csv)
writeFileSync(path('rows.csv.gz'), gzipSync(csv))
const options = {
  header: true,
  skipLines: 1,
  comment: '#',
  columns: { id: 'long', name: 'string' },
} as const satisfies Partial<FlatFileItemReaderOptions<{ id: 'long'; name: 'string' }>>
const resources = {
  'a plain file': path('rows.csv'),
  'a gzip file': path('rows.csv.gz'),
  'a stream': inPieces(Buffer.from(csv), [1, 7, 100, 3]),
}
for (const [name, resource] of Object.entries(resources)) {
  itemReaderContract(
    { describe, it },
    {
      name: `FlatFileItemReader of ${name}`,
      create: () => ({ reader: () => new FlatFileItemReader({ ...options, resource }), expected: rows }),
    },
  )
}
itemReaderContract(
  { describe, it },
  {
    name: 'FlatFileItemReader of fixed length in UTF-16',
    create: () => ({
      reader: () =>
        new FlatFileItemReader({
          resource: inPieces(Buffer.from(`\ufeff${fixed}`, 'utf16le'), [5, 8]),
          columns: { id: { type: 'long', width: 5 }, name: { width: 8 } },
        }),
      expected: rows.map(({ id }) => ({ id, name: `äöü${id}` })),
    }),
  },
)

describe('the columns of a flat file', () => {
  it('are those of its header, as strings', async () => {
    const { items } = await readText('a,b\n1,\n"x,y",2', { header: true })
    expect(items).toEqual([
      { a: '1', b: '' },
      { a: 'x,y', b: '2' },
    ])
    const camel = await readText('user_name\nJo\n', { header: true, naming: 'camelCase' })
    expect(camel.items).toEqual([{ userName: 'Jo' }])
  })

  it('are found by name in a header, wherever they stand', async () => {
    const columns = { id: 'long', name: { header: 'User Name' } } as const
    const { items } = await readText('x,User Name,id\n?,Jo,5\n', { header: true, columns })
    expect(items).toEqual([{ id: 5, name: 'Jo' }])
  })

  it('have types, and are checked', async () => {
    const columns = {
      text: 'string',
      long: 'long',
      big: 'bigint',
      double: 'double',
      decimal: 'decimal',
      yes: 'boolean',
      day: 'date',
      own: (field: string) => (field === '?' ? undefined : field.length),
    } as const
    const good = 'a b,-7, 12345678901234567890 ,1e-3,0.10000000000000000001,TRUE,2024-02-29,abc'
    const { items } = await readText(`${good}\n`, { columns })
    expect(items).toEqual([
      {
        text: 'a b',
        long: -7,
        big: 12345678901234567890n,
        double: 0.001,
        decimal: '0.10000000000000000001',
        yes: true,
        day: new Date('2024-02-29T00:00:00Z'),
        own: 3,
      },
    ])
    const bad = [
      ['long', '1.5', '9007199254740993', '', 'x'],
      ['bigint', '1n', ''],
      ['double', 'NaN', '1e999', '0x1', ''],
      ['decimal', '1e3', '1,5'],
      ['boolean', 'yes', '1'],
      ['date', '2024-02-30', '29.02.2024', '2024-02-29T10:00:00'],
    ] as const
    for (const [type, ...texts] of bad) {
      for (const text of texts) {
        const { errors } = await readText(`"${text}"\n`, { columns: { field: type } })
        expect(errors).toMatchObject([{ code: 'BATCH_FLAT_FILE_PARSE', field: 'field' }])
      }
    }
  })

  it('that are nullable tell an empty field from an empty text', async () => {
    const columns = { a: { type: 'string', nullable: true }, b: { type: 'long', nullable: true } } as const
    const { items } = await readText(',\n"",1\n', { columns })
    expect(items).toEqual([
      { a: null, b: null },
      { a: '', b: 1 },
    ])
  })

  it('may be called like what objects inherit', async () => {
    const { items } = await readText('__proto__,constructor,toString\n1,2,3\n', { header: true })
    const item = items[0] as Record<string, unknown>
    expect(Object.entries(item)).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
      ['toString', '3'],
    ])
    expect(Object.getPrototypeOf(item)).toBe(Object.prototype)
  })

  it('of fixed length are cut out of the line, by places or by widths', async () => {
    const columns = { id: { type: 'long', from: 1, to: 4 }, code: { from: 8, to: 9 } } as const
    const { items } = await readText('  12...AB\r\n  13... C', { columns })
    expect(items).toEqual([
      { id: 12, code: 'AB' },
      { id: 13, code: 'C' },
    ])
    const short = await readText('  12...AB\n  13...\n', { columns })
    expect(short.errors).toMatchObject([
      { line: 2, column: 8, message: expect.stringContaining('7 characters') as string },
    ])
    const lenient = await readText('  12...\n  13...ABC\n', { columns, columnCount: 'lenient' })
    expect(lenient.items).toEqual([
      { id: 12, code: '' },
      { id: 13, code: 'AB' },
    ])
  })

  it('that a header lacks or has twice are refused when the file is opened', async () => {
    const opening = (text: string, columns?: readonly string[]) => readText(text, { header: true, columns })
    await expect(opening('a,b,a\n1,2,3\n')).rejects.toThrow('the header names the column "a" twice')
    await expect(opening('a,b\n1,2\n', ['c'])).rejects.toThrow('the header has no column "c"')
  })
})

describe('the records of a flat file', () => {
  it('are none in an empty file, whatever it may have', async () => {
    for (const text of ['', '\ufeff', '\n\n', '# nothing\n']) {
      expect(await readText(text, { header: true, comment: '#' })).toMatchObject({ items: [], errors: [] })
      expect(await readText(text, { columns: ['a'], comment: '#' })).toMatchObject({ items: [], errors: [] })
    }
  })

  it('come behind lines that are left out and told', async () => {
    const told: unknown[] = []
    const onSkippedLine = (line: string, number: number) => told.push([number, line])
    const { items } = await readText('one "\r\n\r\na\n1\n', { header: true, skipLines: 2, onSkippedLine })
    expect([items, told]).toEqual([
      [{ a: '1' }],
      [
        [1, 'one "'],
        [2, ''],
      ],
    ])
  })

  it('may have other delimiters, quotes and ends', async () => {
    const piped = await readText("'a||b'||''''\n", { columns: ['x', 'y'], delimiter: '||', quote: "'" })
    expect(piped.items).toEqual([{ x: 'a||b', y: "'" }])
    const unquoted = await readText('5" pipe\t"\n', { columns: ['x', 'y'], delimiter: '\t', quote: false })
    expect(unquoted.items).toEqual([{ x: '5" pipe', y: '"' }])
    const separated = await readText('1,a\nb;\n2,";\n";\n', { columns: ['x', 'y'], recordSeparator: ';\n' })
    expect(separated.items).toEqual([
      { x: '1', y: 'a\nb' },
      { x: '2', y: ';\n' },
    ])
  })

  it('with another number of fields are an error, or are filled up and cut', async () => {
    const text = '1,2\n3\n4,5,6\n'
    const strict = await readText(text, { columns: ['a', 'b'] })
    expect(strict.items).toEqual([{ a: '1', b: '2' }])
    expect(strict.errors).toMatchObject([
      { line: 2, message: expect.stringContaining('the record has 1 fields where 2 are expected') as string },
      { line: 3, column: 5 },
    ])
    const lenient = await readText(text, { columns: ['a', 'b'], columnCount: 'lenient' })
    expect(lenient.items).toEqual([
      { a: '1', b: '2' },
      { a: '3', b: '' },
      { a: '4', b: '5' },
    ])
  })

  it('that cannot be read say where, and cost no other', async () => {
    const text = 'id,name\n1,"ö\nx"\n2,b\nthree,"ü"\n4,d"\n5,e\n'
    const columns = { id: 'long', name: 'string' } as const
    const { items, errors } = await readText(text, { header: true, columns })
    expect(items).toEqual([
      { id: 1, name: 'ö\nx' },
      { id: 2, name: 'b' },
      { id: 5, name: 'e' },
    ])
    expect(errors).toMatchObject([
      {
        code: 'BATCH_FLAT_FILE_PARSE',
        file: 'the stream',
        line: 5,
        column: 1,
        byteOffset: 21,
        field: 'id',
        text: 'three,"ü"',
        message:
          'FlatFileItemReader: line 5, column 1 of "the stream" (its record begins at byte 21): "id" must be ' +
          'a whole number that a double holds exactly, but is "three"; it reads "three,\\"ü\\""',
      },
      { line: 6, column: 4, byteOffset: 32, field: undefined },
    ])
  })

  it('have the same line numbers after a restart', async () => {
    const text = 'a\n"1\n1"\n\n2\n"3"x\n'
    const options = { resource: inPieces(Buffer.from(text), [2]), header: true }
    const first = new FlatFileItemReader(options)
    await first.open(undefined, context())
    await first.readChunk(2, context())
    const position = JSON.parse(JSON.stringify(first.position())) as never
    expect(position).toMatchObject({ offset: 11, line: 6, records: 2 })
    const { errors } = await readAll(new FlatFileItemReader(options), position)
    expect(errors).toMatchObject([{ line: 6, column: 4, byteOffset: 11 }])
  })

  it('before a bad one are given first, and the position is before it until it was told', async () => {
    const reader = new FlatFileItemReader({ resource: inPieces(Buffer.from('a\n1\n2,\n3\n'), [99]), header: true })
    await reader.open(undefined, context())
    expect(await reader.readChunk(9, context())).toEqual([{ a: '1' }])
    expect(reader.position()).toMatchObject({ offset: 4, line: 3 })
    await expect(async () => reader.readChunk(9, context())).rejects.toMatchObject({ line: 3 })
    expect(reader.position()).toMatchObject({ offset: 7, line: 4, records: 1 })
    expect(await reader.readChunk(9, context())).toEqual([{ a: '3' }])
  })

  it('come as values, not as promises, while they are at hand', async () => {
    const reader = new FlatFileItemReader({ resource: path('rows.csv'), ...options })
    await reader.open(undefined, context())
    const chunks = [reader.readChunk(10, context()), reader.readChunk(10, context()), reader.read(context())]
    expect(chunks.map((chunk) => chunk instanceof Promise)).toEqual([false, false, false])
    await reader.close()
    expect(() => reader.read(context())).toThrow(expect.objectContaining({ code: 'BATCH_NOT_OPEN' }) as Error)
  })
})

describe('a position of a flat file', () => {
  it.each([null, 5, {}, { offset: -1 }, { offset: 1, headBytes: 0, headHash: '', tailBytes: 0, tailHash: '' }])(
    'is not %j',
    async (position) => {
      const reader = new FlatFileItemReader({ resource: path('rows.csv'), ...options })
      await expect(reader.open(position, context())).rejects.toMatchObject({ code: 'BATCH_POSITION' })
    },
  )

  it('is refused in a file that has changed', async () => {
    const file = path('changing.csv')
    writeFileSync(file, 'a\n1\n2\n')
    const reader = new FlatFileItemReader({ resource: file, header: true })
    await reader.open(undefined, context())
    await reader.readChunk(1, context())
    const position = reader.position()
    await reader.close()
    writeFileSync(file, 'a\n7\n2\n')
    await expect(reader.open(position, context())).rejects.toMatchObject({ code: 'BATCH_FILE_CHANGED' })
    writeFileSync(file, 'a\n1\n2\n3\n')
    expect((await readAll(reader, position)).items).toEqual([{ a: '2' }, { a: '3' }])
  })
})

describe('the options of a FlatFileItemReader', () => {
  const resource = 'a.csv'
  it.each([
    ['resource', {}],
    ['columns', { resource }],
    ['columns', { resource, columns: [] }],
    ['columns', { resource, columns: ['a', 'a'] }],
    ['columns.a', { resource, columns: { a: 'number' } }],
    ['columns.a.typ', { resource, columns: { a: { typ: 'long' } } }],
    ['columns.b', { resource, columns: { a: { width: 1 }, b: 'string' } }],
    ['columns.a.to', { resource, columns: { a: { from: 5, to: 4 } } }],
    ['delimiter', { resource, columns: { a: { width: 1 } }, delimiter: ';' }],
    ['delimiter', { resource, header: true, delimiter: '"' }],
    ['quote', { resource, header: true, quote: '""' }],
    ['header', { resource, header: 'yes' }],
    ['naming', { resource, header: true, naming: 'snake' }],
    ['skipLines', { resource, header: true, skipLines: -1 }],
    ['maxRecordBytes', { resource, header: true, maxRecordBytes: 0 }],
    ['encoding', { resource, header: true, encoding: 'utf-7' }],
    ['encoding', { resource, header: true, encoding: 'iso-2022-jp' }],
    ['recordSeparator', { resource, header: true, encoding: 'gbk', recordSeparator: ';' }],
    ['lastLineBreak', { resource, header: true, lastLineBreak: true }],
    ['columnCount', { resource, header: true, columnCount: 'some' }],
    ['compression', { resource, header: true, compression: 'zip' }],
    ['headers', { resource, headers: true }],
  ])('are checked: %s', (option, given) => {
    expect(() => new FlatFileItemReader(given as never)).toThrow(
      expect.objectContaining({ code: 'BATCH_INVALID_OPTION', option: `FlatFileItemReader.${option}` }) as Error,
    )
  })
})
