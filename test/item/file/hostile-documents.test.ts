import { writeFileSync } from 'node:fs'
import {
  JsonItemReader,
  JsonLinesItemReader,
  XmlItemReader,
  type FileResource,
  FlatFileItemReader,
} from 'chunkwise/file'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ItemReader } from '../../../src/item/item-reader.js'
import type { ItemStream } from '../../../src/item/item-stream.js'
import type { Json } from '../../../src/support/json.js'
import { context, inPieces } from './reading.js'
import { temporaryFolder } from './temporary-folder.js'

const path = temporaryFolder()
type Reader = ItemReader<unknown> & ItemStream

interface Format {
  readonly text: string
  readonly reader: (resource: FileResource) => Reader
}

const formats: Readonly<Record<string, Format>> = {
  'JSON Lines': {
    text: '{"a":1,"b":["é",{}]}\n\n"x"\r\n{"a":2}\n[3]\n',
    reader: (resource) => new JsonLinesItemReader({ resource, maxRecordBytes: 60 }),
  },
  JSON: {
    text: '{"n":[[{}],"]"],"a":{"b":[{"a":1,"b":["é",{}]}, "x\\"]" ,{"a":2},[3]],"c":"}"},"d":null}',
    reader: (resource) => new JsonItemReader({ resource, path: 'a.b', maxRecordBytes: 60 }),
  },
  XML: {
    text: '<?xml version="1.0"?><r xmlns:p="u"><!--c--><p:g><a x="é">1<b/></a>\r\n<p:a/></p:g><g><a><![CDATA[<]]>&amp;</a></g></r>\n',
    reader: (resource) => new XmlItemReader({ resource, element: 'a', maxRecordBytes: 60 }),
  },
}

/** All that reading gives, in order: items, and codes and places of errors. It is opened anew `every` so many times. */
async function eventsOf(reader: Reader, every = Number.POSITIVE_INFINITY): Promise<readonly unknown[]> {
  const events: unknown[] = []
  const failed = (error: unknown) => {
    const { code, byteOffset } = error as { readonly code: string; readonly byteOffset: number }
    const isOfRecord = code === 'BATCH_FILE_RECORD' || code === 'BATCH_FLAT_FILE_PARSE'
    // Where a document is broken, the byte is that of the block or of the last tag.
    events.push(isOfRecord ? [code, byteOffset] : code)
    return isOfRecord
  }
  try {
    await reader.open(undefined, context())
    for (let turn = 1; ; turn++) {
      let item: unknown
      try {
        item = await reader.read(context())
        if (item === null) break
        events.push(item)
      } catch (error) {
        if (!failed(error)) break
      }
      if (turn % every === 0) await reader.open(JSON.parse(JSON.stringify(reader.position())) as Json, context())
    }
  } catch (error) {
    failed(error)
  }
  await reader.close()
  return events
}

const byte = fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\<>&/\n\r\0 1é')), fc.integer({ min: 0, max: 255 }))
const edits = fc.array(
  fc.record({ at: fc.nat(), remove: fc.constantFrom(0, 1, 1, 5, 1000), insert: fc.array(byte, { maxLength: 2 }) }),
  { minLength: 1, maxLength: 2 },
)

function damage(text: string, changes: readonly { at: number; remove: number; insert: readonly number[] }[]): Buffer {
  let bytes = Buffer.from(text)
  for (const { at, remove, insert } of changes) {
    const from = at % (bytes.length + 1)
    bytes = Buffer.concat([bytes.subarray(0, from), Buffer.from(insert), bytes.subarray(from + remove)])
  }
  return bytes
}

describe.each(Object.entries(formats))('%s that is damaged anywhere', (name, { text, reader }) => {
  it('gives the same items and typed errors, whatever the pieces and the restarts', async () => {
    await fc.assert(
      fc.asyncProperty(edits, fc.integer({ min: 1, max: 50 }), async (changes, size) => {
        const bytes = damage(text, changes)
        const file = path(`${name}.txt`)
        writeFileSync(file, bytes)
        const events = await eventsOf(reader(file))
        for (const event of events) {
          if (Array.isArray(event)) expect(event[0]).not.toBe('BATCH_FILE_DOCUMENT')
          if (event === undefined) expect.unreachable('an error without a code')
        }
        expect(await eventsOf(reader(inPieces(bytes, [size])))).toEqual(events)
        expect(await eventsOf(reader(file), 1)).toEqual(events)
        expect(await eventsOf(reader(inPieces(bytes, [size])), 2)).toEqual(events)
      }),
      { numRuns: 150 },
    )
  })
})

describe('a delimited file with bytes that are not UTF-8', () => {
  it('goes on at the right byte, also behind them in a line', async () => {
    const file = path('damaged.csv')
    writeFileSync(file, Buffer.from('a,b;\xff,c;d,e;f,\xe9\xe9;g,h', 'latin1'))
    const reader = () => new FlatFileItemReader({ resource: file, columns: ['x', 'y'], recordSeparator: ';' })
    const events = [
      { x: 'a', y: 'b' },
      ['BATCH_FLAT_FILE_PARSE', 4],
      { x: 'd', y: 'e' },
      ['BATCH_FLAT_FILE_PARSE', 12],
      { x: 'g', y: 'h' },
    ]
    expect(await eventsOf(reader())).toEqual(events)
    expect(await eventsOf(reader(), 1)).toEqual(events)
  })
})
