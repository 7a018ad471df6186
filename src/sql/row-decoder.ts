import { OptionCheck } from '../domain/check-option.js'
import { nearest } from '../support/nearest.js'
import { ColumnValueError } from './column-value-error.js'
import { type Naming, propertyName } from './naming.js'
import type { ColumnType, Decoder } from './column-type.js'
import type { SqlField } from './sql-connection.js'

/** How rows become items. */
export interface RowDecoderOptions {
  readonly naming: Naming | undefined
  /** By property name. */
  readonly types: Readonly<Record<string, ColumnType | undefined>>
}

/** A row as it is read for an item: the text of each column, or what the host's driver made of it. */
export type ItemRow = readonly unknown[]

/** Chooses the decoder of a column; `type` is what is declared for its property. */
export type ChooseDecoder = (field: SqlField, type: ColumnType | undefined) => Decoder

/** Makes items of rows. The decoders of a result's columns are chosen once. */
export class RowDecoder {
  readonly #fields: readonly SqlField[]
  readonly #names: readonly string[]
  readonly #decoders: readonly Decoder[]
  readonly #places: readonly number[]
  // Items are clones of it, so that all have one shape, and a column `__proto__` is a property like any other.
  readonly #blank: Readonly<Record<string, unknown>>

  /**
   * `owner` is named in errors. `places` says where a column's value stands in a row, if not in its own place; negative from
   * the end. Fails when two columns have one property, or a type is declared for none. */
  constructor(
    owner: string,
    fields: readonly SqlField[],
    choose: ChooseDecoder,
    options: RowDecoderOptions,
    places?: readonly number[],
  ) {
    const check = new OptionCheck(owner)
    this.#fields = fields
    this.#names = uniqueNames(check, fields, options.naming)
    for (const name of Object.keys(options.types)) checkDeclared(check, name, this.#names)
    this.#decoders = fields.map((field, index) => {
      return choose(field, declaredType(options.types, this.#names[index] as string))
    })
    this.#places = places ?? fields.map((_field, index) => index)
    this.#blank = Object.fromEntries(this.#names.map((name) => [name, null]))
  }

  /** Whether a result has the columns this was made for. */
  fits(fields: readonly SqlField[]): boolean {
    if (fields === this.#fields) return true
    return (
      fields.length === this.#fields.length &&
      fields.every(({ name, typeId }, i) => name === this.#fields[i]?.name && typeId === this.#fields[i].typeId)
    )
  }

  /** The items of `rows[from]` up to, and without, `rows[to]`. */
  decode(rows: readonly ItemRow[], from: number, to: number): unknown[] {
    const names = this.#names
    const decoders = this.#decoders
    const blank = this.#blank
    const places = this.#places
    const items: unknown[] = []
    let r = from
    let c = 0
    try {
      for (; r < to; r++) {
        const row = rows[r] as ItemRow
        const item: Record<string, unknown> = { ...blank }
        for (c = 0; c < names.length; c++) {
          const place = places[c] as number
          const text = row[place < 0 ? row.length + place : place]
          if (text !== null && text !== undefined) item[names[c] as string] = (decoders[c] as Decoder)(text as string)
        }
        items.push(item)
      }
    } catch (cause) {
      throw new ColumnValueError('read', this.#fields[c]?.name ?? '', rows[r]?.at(places[c] ?? c), cause)
    }
    return items
  }
}

function uniqueNames(check: OptionCheck, fields: readonly SqlField[], naming: Naming | undefined): readonly string[] {
  const columns = new Map<string, string>()
  for (const { name } of fields) {
    const property = propertyName(name, naming)
    const other = columns.get(property)
    if (other !== undefined) {
      check.fail('select', `${other}, ${name}`, `a list in which no two columns become the property "${property}"`)
    }
    columns.set(property, name)
  }
  return [...columns.keys()]
}

function checkDeclared(check: OptionCheck, name: string, known: readonly string[]): void {
  if (known.includes(name)) return
  const similar = nearest(name, known)
  check.fail('types', name, `of properties of the item: ${similar === undefined ? known.join(', ') : `"${similar}"`}`)
}

function declaredType(types: RowDecoderOptions['types'], name: string): ColumnType | undefined {
  return Object.hasOwn(types, name) ? types[name] : undefined
}
