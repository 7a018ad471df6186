import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import {
  type XmlContent,
  XmlItemReader,
  type XmlItemReaderOptions,
  XmlItemWriter,
  type XmlItemWriterOptions,
} from 'chunkwise/file'
import { itemReaderContract, itemWriterContract } from 'chunkwise/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { context, inPieces, readAll } from './reading.js'
import { temporaryFolder } from './temporary-folder.js'

const path = temporaryFolder()
let number = 0
const file = (ending: string): string => path(`${++number}${ending}`)

const rows = Array.from({ length: 30 }, (_, id) => ({
  '@id': String(id),
  name: Array.from(`é "${id}",]>\n[€😀&<`).slice(0, id).join(''),
  role: Array.from({ length: (id % 3) + 1 }, (_role, at) => `role ${at}`),
}))
type Row = (typeof rows)[number]
const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(']>', ']&gt;')
const users = rows.map(({ '@id': id, name, role }, at) => {
  const roles = role.map((one) => `<role>${one}</role>`).join('\r\n')
  const user = `<u:user id="${id}"><name>${at % 2 === 0 ? escape(name) : `<![CDATA[${name}]]>`}</name>${roles}</u:user >`
  const before = at % 5 === 0 ? `</group><!-- é --><group xmlns:u="urn:users" xmlns="urn:${at}&amp;">` : '\r'
  return `${before}\n${user}`
})
const document = `\ufeff<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE all SYSTEM "http://127.0.0.1:1/all.dtd">
<all xmlns:x="urn:users"><other><user/></other><x:group xmlns:u="urn:others"><u:user/></x:group><group>${users.join('')}
</group><x:user id="last"><name/><role/></x:user>
<?pi x?></all>
<!-- end -->
`
const expected = [...rows, { '@id': 'last', name: '', role: [''] }]
writeFileSync(path('rows.xml'), document)
writeFileSync(path('rows.xml.gz'), gzipSync(document))
const options = { element: 'user', namespace: 'urn:users', arrays: ['role'] } as const
const resources = {
  'a plain file': path('rows.xml'),
  'a gzip file': path('rows.xml.gz'),
  'a stream': inPieces(Buffer.from(document), [1, 7, 100, 3]),
  'a stream in UTF-16': inPieces(Buffer.from(document.replace(' encoding="utf-8"', ''), 'utf16le'), [5, 60]),
}
for (const [name, resource] of Object.entries(resources)) {
  itemReaderContract(
    { describe, it },
    {
      name: `XmlItemReader of ${name}`,
      create: () => ({ reader: () => new XmlItemReader({ ...options, resource }), expected: expected as unknown[] }),
    },
  )
}

for (const atomic of [false, true]) {
  itemWriterContract(
    { describe, it },
    {
      name: `XmlItemWriter, atomic: ${atomic}`,
      create: () => {
        const resource = file('.xml')
        return {
          writer: () => new XmlItemWriter<Row>({ resource, root: 'users', element: 'user', atomic }),
          items: rows,
          written: async () => {
            const reader = new XmlItemReader({ resource, element: 'user', arrays: ['role'] })
            const { items, errors } = await readAll(reader)
            expect(errors).toEqual([])
            return items as Row[]
          },
        }
      },
    },
  )
}

const read = (text: string | Uint8Array, given: Partial<XmlItemReaderOptions<unknown>> = {}, piece = 9) =>
  readAll(new XmlItemReader({ element: 'a', ...given, resource: inPieces(Buffer.from(text as string), [piece]) }))

describe('XmlItemReader', () => {
  it('makes objects of attributes, children and text', async () => {
    const { items } = await read(`<r xmlns:p="urn:p">
      <a/><a>text</a><a p:x="1" y="&lt;&#10;2"> </a>
      <a> <b/> <b>1</b> <c z="">3<!-- no -->4</c> <p:d><e> </e></p:d> </a>
      <a>one <b>two</b> three</a>
      <a><a>inner</a></a></r>`)
    expect(items).toEqual([
      {},
      { '#text': 'text' },
      { '@x': '1', '@y': '<\n2', '#text': ' ' },
      { b: ['', '1'], c: { '@z': '', '#text': '34' }, d: { e: ' ' } },
      { '#text': 'one  three', b: 'two' },
      { a: 'inner' },
    ])
  })

  it('gives whole elements to a function, and goes on behind what it throws', async () => {
    const { items, errors } = await read('<r xmlns:p="urn:p">\n <p:a n="1">x<b/>y</p:a>\n<a n="2"/>  <a n="3"/></r>', {
      map: ({ name, local, namespace, attributes, children }) => {
        if (attributes['n'] === '2') throw new RangeError('no twos')
        return { name, local, namespace, attributes: { ...attributes }, children: children.length }
      },
    })
    expect(items).toEqual([
      { name: 'p:a', local: 'a', namespace: 'urn:p', attributes: { n: '1' }, children: 3 },
      { name: 'a', local: 'a', namespace: '', attributes: { n: '3' }, children: 0 },
    ])
    expect(errors).toMatchObject([
      { code: 'BATCH_FILE_RECORD', line: 3, byteOffset: 45, text: expect.stringMatching(/^<a n="2"\/>/) as unknown },
    ])
  })

  it('keeps names that objects inherit as ordinary properties', async () => {
    const { items } = await read('<r><a __proto__="1"><__proto__>x</__proto__><constructor/><constructor/></a></r>')
    expect(Object.entries(items[0] as object)).toEqual([
      ['@__proto__', '1'],
      ['__proto__', 'x'],
      ['constructor', ['', '']],
    ])
  })

  it('reads the encoding that is given, and refuses one that is named and not given', async () => {
    const latin = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><r><a>\xe9</a></r>', 'latin1')
    expect((await read(latin, { encoding: 'iso-8859-1' })).items).toEqual([{ '#text': 'é' }])
    await expect(open(latin)).rejects.toMatchObject({ code: 'BATCH_FILE_DOCUMENT' })
    expect(() => new XmlItemReader({ resource: 'x', element: 'a', encoding: 'gbk' })).toThrow(/encoding/)
  })

  it.each([
    ['an empty file', '', 0],
    ['a file that ends in an element', '<r><a/><a>', 1],
    ['a file that ends behind an element', '<r><a/>', 1],
    ['a wrong end tag', '<r><a/><a></b></r>', 1],
    ['a prefix without a namespace', '<r><a/><p:a/></r>', 1],
    ['an attribute given twice', '<r><a x="1" x="2"/></r>', 0],
    ['text behind the document', '<r><a/></r> text', 1],
    ['entities', '<!DOCTYPE r [<!ENTITY x "y">]><r><a>&x;</a></r>', 0],
    ['outer entities', '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><a>&x;</a></r>', 0],
    ['entities that nobody declares', '<r><a/><a>&nbsp;</a></r>', 1],
    ['what objects inherit as an entity', '<r><a>&constructor;</a></r>', 0],
    ['NUL bytes', '<r><a/><a>\0</a></r>', 1],
    ['bytes that are not UTF-8', Buffer.from('<r><a/><a>\xff</a></r>', 'latin1'), 1],
    ['no XML', '{"a": 1}', 0],
    ['deep nesting', '<a>'.repeat(1000), 0],
    ['deep nesting outside of an element', '<b>'.repeat(1000), 0],
    ['a huge DOCTYPE', `<!DOCTYPE r [${'<!ELEMENT x ANY>'.repeat(10_000)}]><r><a/></r>`, 0],
    ['a huge element', `<r><a/><a>${'x'.repeat(100_000)}</a></r>`, 1],
    ['a huge element of small ones', `<r><a/><a>${'<b/>'.repeat(30_000)}</a></r>`, 1],
    ['a huge text between elements', `<r><a/>${' '.repeat(100_000)}<a/></r>`, 1],
    ['a huge attribute', `<r><b x="${' '.repeat(100_000)}"/><a/></r>`, 0],
  ])('refuses %s for good', async (_what, text, count) => {
    for (const piece of [7, 1_000_000]) {
      const reader = new XmlItemReader({
        element: 'a',
        maxRecordBytes: 50_000,
        resource: inPieces(Buffer.from(text as string), [piece]),
      })
      await reader.open(undefined, context())
      for (let item = 0; item < count; item++) expect(await reader.read(context())).not.toBeNull()
      for (let time = 0; time < 2; time++) {
        await expect((async () => reader.read(context()))()).rejects.toMatchObject({ code: 'BATCH_FILE_DOCUMENT' })
      }
      await reader.close()
    }
  })

  it('reads a document that is larger than what may be held, with nothing to find in most of it', async () => {
    const resource = async function* () {
      yield Buffer.from('<r><a>1</a>')
      for (let block = 0; block < 200; block++) yield Buffer.from('<b>some text</b>\n'.repeat(60_000))
      yield Buffer.from('<a>2</a></r>')
    }
    const before = process.memoryUsage().rss
    const { items } = await readAll(new XmlItemReader({ resource, element: 'a' }))
    expect(items).toEqual([{ '#text': '1' }, { '#text': '2' }])
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
  })

  it('says where a document is broken, also behind a restart', async () => {
    const resource = path('broken.xml')
    writeFileSync(resource, '<r>\n <a/>\n <a/>\n <é></f></r>')
    const reader = new XmlItemReader({ resource, element: 'a' })
    await reader.open(undefined, context())
    for (let time = 0; time < 2; time++) {
      await reader.read(context())
      await reader.open(reader.position(), context())
    }
    await expect((async () => reader.read(context()))()).rejects.toMatchObject({
      line: 4,
      column: 9,
      message: expect.stringContaining('unexpected close tag') as unknown,
    })
    await reader.close()
  })

  it('refuses a position of another reader, and a file that changed before its place', async () => {
    const resource = path('changed.xml')
    writeFileSync(resource, '<r><a>1</a><a/></r>')
    const reader = new XmlItemReader({ resource, element: 'a' })
    await expect(reader.open({ offset: 3 }, context())).rejects.toMatchObject({ code: 'BATCH_POSITION' })
    await reader.open(undefined, context())
    await reader.read(context())
    const position = reader.position()
    writeFileSync(resource, '<r><a>2</a><a/></r>')
    await expect(reader.open(position, context())).rejects.toMatchObject({ code: 'BATCH_FILE_CHANGED' })
  })

  it.each([
    ['element', 'p:a'],
    ['element', ''],
    ['map', 'a'],
    ['arrays', 'a'],
    ['maxRecordBytes', 0],
    ['namespace', 5],
  ])('refuses the option %s: %j', (name, value) => {
    const make = () => new XmlItemReader({ resource: 'x', element: 'a', [name]: value })
    expect(make).toThrow(`XmlItemReader.${name}`)
  })
})

async function open(text: Uint8Array): Promise<unknown> {
  const reader = new XmlItemReader({ element: 'a', resource: inPieces(text, [100]) })
  await reader.open(undefined, context())
  return reader.read(context())
}

async function write(items: readonly XmlContent[], given: Partial<XmlItemWriterOptions<XmlContent>> = {}) {
  const resource = file('.xml')
  const writer = new XmlItemWriter<XmlContent>({ root: 'r', element: 'a', ...given, resource })
  await writer.open(undefined)
  for (const item of items) await writer.write([item])
  await writer.complete()
  await writer.close()
  return { resource, text: readFileSync(resource, 'utf8') }
}

describe('XmlItemWriter', () => {
  it('writes what XmlItemReader reads, over all that XML has', async () => {
    const text = fc
      .string({ unit: 'binary' })
      .map((value) => value.replace(/[^\t\n\r -\ufffd\u{10000}-\u{10ffff}]/gu, '\r'))
    const content = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, text, tie('object')),
      object: fc.dictionary(
        fc.constantFrom('@a', '@b-c', 'b', 'é', '__proto__', '_.1', 'constructor'),
        fc.oneof(text, tie('value')),
        { minKeys: 2 },
      ),
    })).object
    const plain = fc.record({ '@id': text, name: text, '#text': text.filter((value) => /\S/.test(value)) })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(plain, content), { maxLength: 6 }), async (items) => {
        const attributesAreTexts = (items as unknown[]).map((item) => flatten(item) as XmlContent)
        const { resource } = await write(attributesAreTexts)
        const { items: back, errors } = await readAll(new XmlItemReader({ resource, element: 'a' }))
        expect(errors).toEqual([])
        expect(back).toEqual(JSON.parse(JSON.stringify(attributesAreTexts)))
      }),
    )
  })

  it('writes a root with namespaces, and values as text', async () => {
    const { text } = await write(
      [{ '@n': 1, b: [true, null, 10n, { c: undefined }], d: null, when: new Date(0) }, 'x', ''],
      { root: { name: 'p:r', attributes: { 'xmlns:p': 'urn:"p"', x: '<' } }, element: 'p:a' },
    )
    expect(text).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<p:r xmlns:p="urn:&quot;p&quot;" x="&lt;">',
        '<p:a n="1"><b>true</b><b>10</b><b/><when>1970-01-01T00:00:00.000Z</when></p:a>',
        '<p:a>x</p:a>',
        '<p:a/>',
        '</p:r>\n',
      ].join('\n'),
    )
  })

  it.each([
    ['\0', ''],
    ['\ud800', ''],
    [{ b: [{ '@c': '\uffff' }] }, 'b.@c'],
    [{ 'b c': '1' }, 'b c'],
    [{ b: { '@': '1' } }, 'b.@'],
    [{ '<': '1' }, '<'],
    [{ b: () => 1 }, 'b'],
    [{ b: [[1]] }, 'b'],
    [{ '@b': { c: 1 } }, '@b'],
    [{ b: new Date(Number.NaN) }, 'b'],
  ])('refuses %j, and names it', async (item, where) => {
    await expect(write([item as XmlContent])).rejects.toMatchObject({ code: 'BATCH_FILE_VALUE', item, path: where })
  })

  it('refuses an item that contains itself', async () => {
    const item: { self?: unknown } = {}
    item.self = item
    await expect(write([item as XmlContent])).rejects.toMatchObject({ code: 'BATCH_FILE_VALUE' })
  })

  it.each([
    ['root', 'a b'],
    ['root', null],
    ['root', { name: 'r', attributes: { x: '\0' } }],
    ['element', '1'],
    ['map', 1],
  ])('refuses the option %s: %j', (name, value) => {
    const make = () => new XmlItemWriter({ resource: 'x', root: 'r', element: 'a', [name]: value } as never)
    expect(make).toThrow(`XmlItemWriter.${name}`)
  })
})

/** Attributes cannot have parts, and an object with nothing in it is read as an empty text. */
function flatten(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const isObject = typeof inner === 'object' && inner !== null
      return [name, name.startsWith('@') && isObject ? 'text' : flatten(inner)]
    }),
  )
}
