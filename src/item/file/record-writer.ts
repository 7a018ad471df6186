import { type FieldRules, fieldText } from './field-text.js'
import { FlatFileValueError } from './flat-file-errors.js'
import type { OutputColumn } from './flat-file-writer-columns.js'

/** How records are written. */
export interface RecordFormat<T> extends FieldRules {
  readonly columns: readonly OutputColumn<T>[]
  readonly delimiter: string
  /** `undefined`: no field is put in quotes, and one that needs them is an error. */
  readonly quote: string | undefined
  readonly quoteAll: boolean
  readonly lineEnd: string
}

/** Makes lines of items: delimited, or of fixed length where the columns say so. */
export class RecordWriter<T> {
  readonly #format: RecordFormat<T>
  readonly #special: RegExp

  constructor(format: RecordFormat<T>) {
    this.#format = format
    const marks = `${format.delimiter}${format.quote ?? ''}\n\r`.split('')
    // A part of a delimiter too: it could be one together with what follows. And what a reader takes for a mark of the
    // byte order.
    this.#special = new RegExp(`[${[...new Set(marks)].map(escaped).join('')}]|^\\ufeff`)
  }

  /** The lines of items. Throws {@link FlatFileValueError}. */
  lines(items: readonly T[]): string {
    const { columns, delimiter, lineEnd } = this.#format
    const isFixed = columns[0]?.fixed !== undefined
    let text = ''
    for (const item of items) {
      let line = ''
      for (let index = 0; index < columns.length; index++) {
        const column = columns[index] as OutputColumn<T>
        if (isFixed) line += this.#fixedField(column, column.value(item))
        else line += (index === 0 ? '' : delimiter) + this.#field(column.name, column.value(item))
      }
      text += (line === '' ? this.#emptyLine() : line) + lineEnd
    }
    return text
  }

  /** The line that names the columns. */
  header(): string {
    const { columns, delimiter, lineEnd } = this.#format
    return columns.map(({ name }) => this.#quoted(name, name)).join(delimiter) + lineEnd
  }

  #field(column: string, value: unknown): string {
    const text = fieldText(column, value, this.#format)
    return text === undefined ? '' : this.#quoted(column, text)
  }

  #quoted(column: string, text: string): string {
    const { owner, quote, quoteAll } = this.#format
    const needed = text === '' || this.#special.test(text)
    if (!needed && !quoteAll) return text
    if (quote !== undefined) return quote + text.replaceAll(quote, quote + quote) + quote
    if (text === '') return text
    throw new FlatFileValueError(owner, column, text, 'it has delimiters or line breaks, and `quote` is false')
  }

  #fixedField({ name, fixed }: OutputColumn<T>, value: unknown): string {
    const { owner } = this.#format
    const text = fieldText(name, value, this.#format) ?? ''
    const { width, right, pad } = fixed as NonNullable<OutputColumn<T>['fixed']>
    if (text.length > width) {
      throw new FlatFileValueError(owner, name, value, `it has ${text.length} characters, and the column ${width}`)
    }
    if (/[\n\r]/.test(text)) throw new FlatFileValueError(owner, name, value, 'it has a line break')
    return right ? text.padStart(width, pad) : text.padEnd(width, pad)
  }

  /** A blank line would be no record. */
  #emptyLine(): string {
    const { owner, columns, quote } = this.#format
    if (quote !== undefined) return quote + quote
    throw new FlatFileValueError(owner, columns[0]?.name ?? '', '', 'its line would be blank, and `quote` is false')
  }
}

function escaped(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`
}
