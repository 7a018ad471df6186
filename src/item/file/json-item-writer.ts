import { OptionCheck } from '../../domain/check-option.js'
import { jsonText, type JsonReplacer } from './json-text.js'
import { checkTextOutput, FILE_OUTPUT_OPTIONS, type FileOutputOptions, TextItemWriter } from './text-item-writer.js'

/** Options of a {@link JsonItemWriter}. */
export interface JsonItemWriterOptions extends FileOutputOptions {
  /** Changes values on their way to JSON, like the second argument of `JSON.stringify`. Default none. */
  readonly replacer?: JsonReplacer
}

const OWNER = 'JsonItemWriter'

/**
 * Writes items as the elements of one JSON array, in UTF-8, each on a line of its own. The array is closed when the step
 * has read and written all; a step without items writes an empty one.
 *
 * A chunk is one write behind the last one. A rolled-back chunk is cut off; a restart opens the file at its last committed
 * byte and cuts off what stands behind it. Until the end the file is no whole JSON: where others read it meanwhile, use
 * `atomic`. Throws `FileChangedError` when the file has lost what was committed, `FileValueError` for an item that has no
 * JSON, such as one with a bigint, and `FileAccessError` when the file cannot be written. One file has one writer: in a
 * step that may run twice at once, give `stepScope(() => new …)`.
 *
 * @example
 * ```ts
 * import { JsonItemWriter } from 'chunkwise/file'
 *
 * export const writer = new JsonItemWriter<{ id: number }>({ resource: 'outgoing/users.json', atomic: true })
 * ```
 *
 * @throws InvalidOptionError
 */
export class JsonItemWriter<T> extends TextItemWriter<T> {
  readonly #toText: (item: unknown) => string

  constructor(options: JsonItemWriterOptions) {
    const check = new OptionCheck(OWNER)
    check.object(options, ['replacer', ...FILE_OUTPUT_OPTIONS])
    super(checkTextOutput(check, OWNER, options))
    this.#toText = jsonText(check, OWNER, options.replacer)
  }

  protected override beginning(): string {
    return '['
  }

  protected override records(items: readonly T[], before: number): string {
    let text = ''
    for (const item of items) text += `${text === '' && before === 0 ? '\n' : ',\n'}${this.#toText(item)}`
    return text
  }

  protected override ending(count: number): string {
    return count === 0 ? ']\n' : '\n]\n'
  }
}
