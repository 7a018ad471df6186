import { OptionCheck } from '../../domain/check-option.js'
import { jsonText, type JsonReplacer } from './json-text.js'
import { checkTextOutput, FILE_OUTPUT_OPTIONS, type FileOutputOptions, TextItemWriter } from './text-item-writer.js'

/** Options of a {@link JsonLinesItemWriter}. */
export interface JsonLinesItemWriterOptions extends FileOutputOptions {
  /** Changes values on their way to JSON, like the second argument of `JSON.stringify`. Default none. */
  readonly replacer?: JsonReplacer
  /** Writes behind what the file has, which must end with a line end. Not together with `atomic`. Default false. */
  readonly append?: boolean
}

const OWNER = 'JsonLinesItemWriter'

/**
 * Writes items as JSON, one a line (NDJSON), in UTF-8.
 *
 * A chunk is one write behind the last one. A rolled-back chunk is cut off; a restart opens the file at its last committed
 * byte and cuts off what stands behind it. Throws `FileChangedError` when the file has lost what was committed,
 * `FileValueError` for an item that has no JSON, such as one with a bigint, and `FileAccessError` when the file cannot be
 * written. One file has one writer: in a step that may run twice at once, give `stepScope(() => new …)`.
 *
 * @example
 * ```ts
 * import { JsonLinesItemWriter } from 'chunkwise/file'
 *
 * export const writer = new JsonLinesItemWriter<{ id: number }>({ resource: 'outgoing/users.ndjson', atomic: true })
 * ```
 *
 * @throws InvalidOptionError
 */
export class JsonLinesItemWriter<T> extends TextItemWriter<T> {
  readonly #toText: (item: unknown) => string

  constructor(options: JsonLinesItemWriterOptions) {
    const check = new OptionCheck(OWNER)
    check.object(options, ['replacer', 'append', ...FILE_OUTPUT_OPTIONS])
    super(checkTextOutput(check, OWNER, options))
    this.#toText = jsonText(check, OWNER, options.replacer)
  }

  protected override beginning(): string {
    return ''
  }

  protected override records(items: readonly T[]): string {
    let text = ''
    for (const item of items) text += `${this.#toText(item)}\n`
    return text
  }

  protected override ending(): string {
    return ''
  }
}
