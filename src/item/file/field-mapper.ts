import { quote } from '../../support/quote.js'
import { type CheckedColumn, firstTwice } from './flat-file-columns.js'
import { BadRecord, type RecordParser } from './record-parser.js'

/** How fields become an item. */
export interface FieldMapping {
  readonly columns: readonly CheckedColumn[]
  /** Where in the record each column stands, from 0. */
  readonly places: readonly number[]
  /** How many fields a record has. */
  readonly width: number
  /** Whether records may have fewer fields or more. */
  readonly lenient: boolean
}

/** Makes items of the fields of records. */
export class FieldMapper {
  readonly #mapping: FieldMapping
  readonly #names: readonly string[]
  /** Copied for each item: all of one shape, and no name means anything but a property. */
  readonly #template: Readonly<Record<string, unknown>>
  /** Whether the items are the fields as they stand. */
  readonly #isPlain: boolean

  constructor(mapping: FieldMapping) {
    this.#mapping = mapping
    this.#names = mapping.columns.map(({ name }) => name)
    // JSON makes a property of its own of `__proto__` too.
    this.#template = JSON.parse(
      `{${this.#names.map((name) => `${JSON.stringify(name)}:""`).join(',')}}`,
    ) as object as Record<string, unknown>
    const inOrder = mapping.places.length === mapping.width && mapping.places.every((place, index) => place === index)
    this.#isPlain = inOrder && mapping.columns.every(({ isString, nullable }) => isString && !nullable)
  }

  /** The item of the record that was read last. Throws {@link BadRecord}. */
  item(record: RecordParser): unknown {
    const { width, lenient, places } = this.#mapping
    if (record.count !== width && !lenient) {
      const at = record.starts[Math.min(record.count - 1, width)] ?? 0
      throw new BadRecord(`the record has ${record.count} fields where ${width} are expected`, at)
    }
    const item: Record<string, unknown> = { ...this.#template }
    const names = this.#names
    const { fields, count } = record
    if (this.#isPlain && count === width) {
      for (let index = 0; index < width; index++) item[names[index] as string] = fields[index]
      return item
    }
    for (let index = 0; index < names.length; index++) {
      const place = places[index] as number
      item[names[index] as string] = this.#value(record, index, place < count ? (fields[place] as string) : '')
    }
    return item
  }

  #value(record: RecordParser, index: number, text: string): unknown {
    const column = this.#mapping.columns[index] as CheckedColumn
    const place = this.#mapping.places[index] as number
    if (text === '' && column.nullable && record.quoted?.[place] !== true) return null
    if (column.isString) return text
    let cause: unknown
    try {
      const value = column.parse(text)
      if (value !== undefined) return value
    } catch (error) {
      cause = error
    }
    const reason = `${quote(column.name)} must be ${column.expected}, but is ${quote(text)}`
    throw new BadRecord(reason, record.starts[place] ?? 0, column.name, cause)
  }
}

/** Which columns a file has, by its header or by what is said of them. */
export function mapFields(
  columns: readonly CheckedColumn[] | undefined,
  header: readonly string[] | undefined,
  lenient: boolean,
  nameOf: (header: string) => string,
): FieldMapping {
  if (header === undefined) {
    const given = columns ?? []
    return { columns: given, places: given.map((_column, index) => index), width: given.length, lenient }
  }
  const twice = firstTwice(columns === undefined ? header.map(nameOf) : header)
  if (twice !== undefined) throw new BadRecord(`the header names the column ${quote(twice)} twice`, 0)
  const wanted = columns ?? header.map((name) => textColumn(nameOf(name), name))
  const known = new Map(header.map((name, place) => [name, place]))
  const places = wanted.map((column) => {
    const place = known.get(column.header)
    if (place === undefined) throw new BadRecord(`the header has no column ${quote(column.header)}`, 0, column.name)
    return place
  })
  return { columns: wanted, places, width: header.length, lenient }
}

function textColumn(name: string, header: string): CheckedColumn {
  return { name, header, parse: (text) => text, expected: 'text', isString: true, nullable: false, range: undefined }
}
