import { FlatFileItemReader } from 'chunkwise/file'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { context, inPieces, readAll, readText } from './reading.js'

const COLUMNS = ['a', 'b'] as const

/** Bytes of each encoding with the text they are, taken from the tables of the encodings. */
const SAMPLES: readonly (readonly [string, readonly number[], string])[] = [
  ['windows-1252', [0x80, 0x93, 0xe4, 0x81], '€“ä\x81'],
  ['iso-8859-1', [0xe4, 0x99], 'ä™'],
  ['iso-8859-15', [0xa4, 0xe4], '€ä'],
  ['windows-1251', [0xcf, 0xf0], 'Пр'],
  ['koi8-r', [0xf0, 0xd2], 'Пр'],
  ['shift_jis', [0x83, 0x65, 0x83, 0x5c], 'テソ'],
  ['gbk', [0xd6, 0xd0, 0x81, 0x7c], '中亅'],
  ['gb18030', [0x81, 0x30, 0x81, 0x30], '\x80'],
  ['big5', [0xa4, 0xa4], '中'],
  ['euc-kr', [0xc7, 0xd1], '한'],
  ['euc-jp', [0xa4, 0xa2], 'あ'],
]

describe('the encoding of a flat file', () => {
  it.each(SAMPLES)('is %s', async (encoding, bytes, text) => {
    const content = Buffer.concat([
      ...[bytes, [0x2c, 0x22], bytes, [0x0d, 0x0a], bytes, [0x22, 0x0d], [0x78, 0x2c, 0x79, 0x0a]].map((part) =>
        Buffer.from(part),
      ),
    ])
    const expected = [
      { a: text, b: `${text}\r\n${text}` },
      { a: 'x', b: 'y' },
    ]
    for (const sizes of [[1], [2], [3, 1], [99]]) {
      const options = { resource: inPieces(content, sizes), columns: COLUMNS, encoding }
      expect(await readAll(new FlatFileItemReader(options))).toMatchObject({ items: expected, errors: [] })
      const first = new FlatFileItemReader(options)
      await first.open(undefined, context())
      await first.read(context())
      expect(first.position()).toMatchObject({ offset: content.length - 4, line: 3 })
      expect((await readAll(new FlatFileItemReader(options), first.position())).items).toEqual([expected[1]])
    }
  })

  it.each(['utf-8', 'utf-16le'] as const)('is what the first bytes say: %s', async (encoding) => {
    const content = Buffer.from('\ufeffa,b\n€,😀\n', encoding)
    for (const given of [{}, { encoding }]) {
      const { items } = await readText(content, { header: true, ...given })
      expect(items).toEqual([{ a: '€', b: '😀' }])
    }
    const swapped = Buffer.from('\ufeffa,b\n€,😀\n', 'utf16le').swap16()
    expect((await readText(swapped, { header: true })).items).toEqual([{ a: '€', b: '😀' }])
  })

  it('keeps places exact in UTF-8 and UTF-16, wherever reading stops', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\ufffd', '\n') })
    const rows = fc.array(fc.record({ a: field, b: field }), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.constantFrom('utf-8', 'utf-16le'),
        fc.nat(9),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
        async (items, encoding, stop, sizes) => {
          const lines = items.map(({ a, b }) => `"${a}","${b}"\n`)
          const taken = Math.min(stop, items.length)
          const resource = inPieces(Buffer.from(lines.join(''), encoding), sizes)
          const options = { resource, columns: COLUMNS, encoding }
          const reader = new FlatFileItemReader(options)
          await reader.open(undefined, context())
          if (taken > 0) await reader.readChunk(taken, context())
          const offset = Buffer.byteLength(lines.slice(0, taken).join(''), encoding)
          const position = JSON.parse(JSON.stringify(reader.position())) as never
          expect(position).toMatchObject({ offset, records: taken })
          expect((await readAll(new FlatFileItemReader(options), position)).items).toEqual(items.slice(taken))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('has bytes that cannot be in one record, and others are read', async () => {
    const cases: (readonly [string, Buffer, number])[] = [
      ['utf-8', Buffer.from([0x61, 0x2c, 0x62, 0x0a, 0x63, 0x2c, 0xe2, 0x82]), 4],
      ['utf-16le', Buffer.from('a,b\nc,\ud800\nd,\ufffd\n', 'utf16le'), 8],
      ['utf-16le', Buffer.from('a,b\nc,d', 'utf16le').subarray(0, 13), 8],
      ['iso-8859-3', Buffer.from('a,b\nc,\xa5\n', 'latin1'), 4],
      ['shift_jis', Buffer.from('a,b\nc,\xff\nd,e\n', 'latin1'), 4],
    ]
    for (const [encoding, content, byteOffset] of cases) {
      const { items, errors } = await readText(content, { columns: COLUMNS, encoding })
      expect(items[0]).toEqual({ a: 'a', b: 'b' })
      expect(errors).toMatchObject([
        {
          line: 2,
          column: 3,
          byteOffset,
          message: expect.stringContaining(`bytes that are not ${encoding}`) as string,
        },
      ])
    }
    const mixed = Buffer.concat([
      Buffer.from('a,é\n€,'),
      Buffer.from([0xff]),
      Buffer.from('\n"é\n",'),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('\nd,€\n'),
    ])
    const { items, errors } = await readText(mixed, { columns: COLUMNS })
    expect(items).toEqual([
      { a: 'a', b: 'é' },
      { a: 'd', b: '€' },
    ])
    expect(errors).toMatchObject([
      { line: 2, column: 3, byteOffset: 5 },
      { line: 4, column: 3, byteOffset: 11 },
    ])
  })
})
