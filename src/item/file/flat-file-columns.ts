import type { OptionCheck } from '../../domain/check-option.js'
import { FIELD_FORMS, type FieldType, type FieldTypes, type ParseField } from './column-types.js'

/**
 * What a field is read as: the name of a type, or a function of its text. Text that the function throws for, or gives
 * `undefined` for, is an error of its record.
 */
export type FlatFileColumnType = FieldType | ((text: string) => unknown)

/** A column in full. */
export interface FlatFileColumn {
  /** What a field is read as. Default `'string'`. */
  readonly type?: FlatFileColumnType
  /** An empty field is `null`; `""` in quotes stays an empty string. Default false: it is an error, or an empty string. */
  readonly nullable?: boolean
  /** The name in the file's header. Default: the name of the property. */
  readonly header?: string
  /** Fixed length: the first character, from 1. UTF-16 units count. Default: `width` says it, or delimiters do. */
  readonly from?: number
  /** Fixed length: the last character. Given with `from`. Default: as of `from`. */
  readonly to?: number
  /** Fixed length: how many characters, behind those of the column before. Default: `from` and `to` say it, or delimiters do. */
  readonly width?: number
}

/** Properties of the items with what they are read from. */
export type FlatFileColumns = Readonly<Record<string, FlatFileColumnType | FlatFileColumn>>

type TypeOf<C> = C extends { readonly type: infer T } ? T : C extends FlatFileColumnType ? C : 'string'
type ValueOf<T> = T extends FieldType
  ? FieldTypes[T]
  : T extends (text: string) => infer R
    ? Exclude<R, undefined>
    : never
type FieldOf<C> = ValueOf<TypeOf<C>> | (C extends { readonly nullable: true } ? null : never)

/** The items that columns are read as: typed columns by their types, names alone as strings. */
export type FlatFileItem<C> = C extends readonly string[]
  ? { [K in C[number]]: string }
  : C extends FlatFileColumns
    ? { -readonly [K in keyof C]: FieldOf<C[K]> }
    : Record<string, string>

/** A column after it was checked. */
export interface CheckedColumn {
  readonly name: string
  readonly header: string
  readonly parse: ParseField
  readonly expected: string
  /** Whether the text is the value. */
  readonly isString: boolean
  readonly nullable: boolean
  /** Where it stands in a line of fixed length: the index of its first character and the one behind its last. */
  readonly range: { readonly from: number; readonly to: number } | undefined
}

/** Checks the option `columns`: a list of names, or a map. */
export function checkFlatFileColumns(check: OptionCheck, columns: unknown): readonly CheckedColumn[] {
  const entries: (readonly [unknown, unknown])[] = Array.isArray(columns)
    ? columns.map((name: unknown) => [name, 'string'])
    : Object.entries((typeof columns === 'object' ? columns : null) ?? {})
  if (entries.length === 0) check.fail('columns', columns, 'a list of names, or a map of names and types')
  let end = 0
  const checked = entries.map(([name, given]): CheckedColumn => {
    const column = checkColumn(check, name, given, end)
    end = column.range?.to ?? 0
    return column
  })
  const twice = firstTwice(checked.map(({ name }) => name))
  if (twice !== undefined) check.fail('columns', twice, 'a list in which no name stands twice')
  const fixed = checked.filter(({ range }) => range !== undefined)
  if (fixed.length > 0 && fixed.length < checked.length) {
    const without = checked.find(({ range }) => range === undefined)
    check.fail(`columns.${without?.name}`, undefined, 'given `from` and `to`, or `width`, as other columns are')
  }
  return checked
}

/** The first name that a list has twice. */
export function firstTwice(names: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return names.find((name) => seen.size === seen.add(name).size)
}

function checkColumn(check: OptionCheck, name: unknown, given: unknown, end: number): CheckedColumn {
  const property = check.text('columns', name)
  const option = `columns.${property}`
  const isWhole = typeof given === 'object' && given !== null
  if (isWhole) {
    for (const key of Object.keys(given)) {
      if (!COLUMN_OPTIONS.includes(key)) check.fail(`${option}.${key}`, given, `one of ${COLUMN_OPTIONS.join(', ')}`)
    }
  }
  const column = (isWhole ? given : { type: given }) as FlatFileColumn
  const { type = 'string', nullable = false, header = property } = column
  if (typeof type !== 'function') check.oneOf(`${option}${isWhole ? '.type' : ''}`, type, TYPES)
  const form = typeof type === 'function' ? { parse: type, expected: 'what its function takes' } : FIELD_FORMS[type]
  return {
    name: property,
    header: check.text(`${option}.header`, header),
    ...form,
    isString: type === 'string',
    nullable: check.boolean(`${option}.nullable`, nullable),
    range: checkRange(check, option, column, end),
  }
}

function checkRange(
  check: OptionCheck,
  option: string,
  { from, to, width }: FlatFileColumn,
  end: number,
): CheckedColumn['range'] {
  if (width !== undefined) {
    if (from !== undefined || to !== undefined) check.fail(`${option}.width`, width, 'left out with `from` and `to`')
    return { from: end, to: end + check.integer(`${option}.width`, width, 1) }
  }
  if (from === undefined && to === undefined) return undefined
  const first = check.integer(`${option}.from`, from, 1)
  return { from: first - 1, to: check.integer(`${option}.to`, to, first) }
}

const COLUMN_OPTIONS = ['type', 'nullable', 'header', 'from', 'to', 'width']
const TYPES = Object.keys(FIELD_FORMS) as FieldType[]
