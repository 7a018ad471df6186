import { FlatFileItemReader, type FlatFileItemReaderOptions } from 'chunkwise/file'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inPieces, readAll } from './reading.js'

const LINE_BREAKS = ['\n', '\r\n', '\r']
const csvOptions = { record_delimiter: ['\r\n', '\n', '\r'], skip_empty_lines: true }
const names = (width: number) => Array.from({ length: width }, (_, index) => `c${index}`)
const itemOf = (record: readonly string[]) => Object.fromEntries(record.map((field, index) => [`c${index}`, field]))

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'ä', '€', '😀', '\0', ' ') }),
)
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((width) => fc.array(fc.array(text, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }))
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })

/** Writes a table with quotes where they are needed and elsewhere by chance, and with mixed line breaks. */
function write(rows: readonly (readonly string[])[], chance: readonly number[], delimiter: string): string {
  let turn = 0
  const next = (): number => chance[turn++ % chance.length] as number
  const field = (value: string): string => {
    const needed = value === '' || /["\n\r]/.test(value) || value.includes(delimiter)
    return needed || next() % 3 === 0 ? `"${value.replaceAll('"', '""')}"` : value
  }
  const lines = rows.map((row) => row.map(field).join(delimiter))
  return lines.map((line) => line + (LINE_BREAKS[next() % 3] as string)).join('')
}

describe('delimited text', () => {
  it('is read as csv-parse reads it, over all of Unicode, however its bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(table, sizes, fc.constantFrom(',', ';', '\t', '||', '€'), async (rows, pieces, delimiter) => {
        // The mark of the byte order is no content at the beginning of a file.
        const content = write(rows, pieces, delimiter).replace(/^\ufeff/, '')
        const oracle = parse(content, { ...csvOptions, delimiter }) as string[][]
        const columns = names(oracle[0]?.length ?? 1)
        const options: FlatFileItemReaderOptions<string[]> = {
          resource: inPieces(Buffer.from(content), pieces),
          columns,
          delimiter,
        }
        const { items, errors } = await readAll(new FlatFileItemReader(options))
        expect(errors).toEqual([])
        expect(items).toEqual(oracle.map(itemOf))
      }),
      { numRuns: 400 },
    )
  })

  it('is refused where csv-parse refuses it, and read alike where it does not', async () => {
    const wild = fc.string({ unit: fc.constantFrom('a', 'b', '"', '"', ',', '\n', '\r', '\r\n'), maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(wild, sizes, async (content, pieces) => {
        let oracle: string[][] | undefined
        try {
          oracle = parse(content, { ...csvOptions, relax_column_count: true })
        } catch {
          oracle = undefined
        }
        const columns = names(20)
        const resource = inPieces(Buffer.from(content), pieces)
        const reader = new FlatFileItemReader({ resource, columns, columnCount: 'lenient' })
        const { items, errors } = await readAll(reader)
        if (oracle === undefined) expect(errors.length).toBeGreaterThan(0)
        else {
          expect(errors).toEqual([])
          const padded = oracle.map((record) => itemOf([...record, ...columns.slice(record.length).fill('')]))
          expect(items).toEqual(padded)
        }
      }),
      { numRuns: 1500 },
    )
  })
})
