import type { OptionCheck } from '../../domain/check-option.js'
import { firstTwice } from './flat-file-columns.js'

/** What a column of a file is filled from: a property of the item, or a function of it. */
export type FlatFileValue<T> = Extract<keyof T, string> | ((item: T) => unknown)

/** A column of fixed length. */
export interface FixedLengthColumn<T> {
  /** What it is filled from. Default: the property of its name. */
  readonly value?: FlatFileValue<T>
  /** How many characters it takes; UTF-16 units count. A longer text is an error. */
  readonly width: number
  /** Where a shorter text stands. Default `'left'`. */
  readonly align?: 'left' | 'right'
  /** The character that fills it up. Default a space. */
  readonly pad?: string
}

/**
 * The columns of a file in their order: a list of properties, or a map of names and what they are filled from. Where
 * columns have a `width`, all have one, and the lines are of fixed length.
 */
export type FlatFileWriterColumns<T> =
  | readonly Extract<keyof T, string>[]
  | Readonly<Record<string, FlatFileValue<T> | FixedLengthColumn<T>>>

/** A column after it was checked. */
export interface OutputColumn<T> {
  readonly name: string
  readonly value: (item: T) => unknown
  readonly fixed: { readonly width: number; readonly right: boolean; readonly pad: string } | undefined
}

/** Checks the option `columns`. */
export function checkOutputColumns<T>(check: OptionCheck, columns: unknown): readonly OutputColumn<T>[] {
  const entries: (readonly [unknown, unknown])[] = Array.isArray(columns)
    ? columns.map((name: unknown) => [name, name])
    : Object.entries((typeof columns === 'object' ? columns : null) ?? {})
  if (entries.length === 0) check.fail('columns', columns, 'a list of properties, or a map of names and properties')
  const checked = entries.map(([name, source]) => checkColumn<T>(check, name, source))
  const twice = firstTwice(checked.map(({ name }) => name))
  if (twice !== undefined) check.fail('columns', twice, 'a list in which no column stands twice')
  const without = checked.find(({ fixed }) => fixed === undefined)
  if (without !== undefined && checked.some(({ fixed }) => fixed !== undefined)) {
    check.fail(`columns.${without.name}`, undefined, 'given a `width`, as other columns are')
  }
  return checked
}

function checkColumn<T>(check: OptionCheck, name: unknown, source: unknown): OutputColumn<T> {
  const column = check.text('columns', name)
  const option = `columns.${column}`
  if (typeof source !== 'object' || source === null) {
    return { name: column, value: valueOf<T>(check, option, source), fixed: undefined }
  }
  for (const key of Object.keys(source)) {
    if (!FIXED_OPTIONS.includes(key)) check.fail(`${option}.${key}`, source, `one of ${FIXED_OPTIONS.join(', ')}`)
  }
  const { value = column, width, align = 'left', pad = ' ' } = source as Partial<FixedLengthColumn<unknown>>
  const fixed = {
    width: check.integer(`${option}.width`, width, 1),
    right: check.oneOf(`${option}.align`, align, ['left', 'right']) === 'right',
    pad: check.text(`${option}.pad`, pad, 1, 1),
  }
  return { name: column, value: valueOf<T>(check, `${option}.value`, value), fixed }
}

function valueOf<T>(check: OptionCheck, option: string, source: unknown): (item: T) => unknown {
  if (typeof source === 'function') return source as (item: T) => unknown
  const property = check.text(option, source) as keyof T
  return (item) => item[property]
}

const FIXED_OPTIONS = ['value', 'width', 'align', 'pad']
