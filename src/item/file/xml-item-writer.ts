import { OptionCheck } from '../../domain/check-option.js'
import { checkTextOutput, FILE_OUTPUT_OPTIONS, type FileOutputOptions, TextItemWriter } from './text-item-writer.js'
import { escapeAttribute, isXmlName, isXmlText, type XmlContent, XmlText } from './xml-text.js'

/** Options of an {@link XmlItemWriter}. */
export interface XmlItemWriterOptions<T> extends FileOutputOptions {
  /** The element around all: a name, with its prefix if it has one, or a name and attributes, namespaces among them. */
  readonly root: string | { readonly name: string; readonly attributes?: Readonly<Record<string, string>> }
  /** The name of the element of an item, with its prefix if it has one. */
  readonly element: string
  /** What the element of an item is made of. Default: the item itself. */
  readonly map?: (item: T) => XmlContent
}

const OWNER = 'XmlItemWriter'

/**
 * Writes items as the elements of one XML document, in UTF-8, each on a line of its own. What an item is made of is escaped
 * wherever it must be; `@name` of an object is an attribute, `#text` is text, any other name a child, as `XmlItemReader`
 * reads it. The document is closed when the step has read and written all.
 *
 * A chunk is one write behind the last one. A rolled-back chunk is cut off; a restart opens the file at its last committed
 * byte and cuts off what stands behind it. Until the end the file is no whole document: where others read it meanwhile, use
 * `atomic`. Throws `FileChangedError` when the file has lost what was committed, `FileValueError` for an item with a name or
 * a character that XML 1.0 does not have, and `FileAccessError` when the file cannot be written. One file has one writer:
 * in a step that may run twice at once, give `stepScope(() => new …)`.
 *
 * @example
 * ```ts
 * import { XmlItemWriter } from 'chunkwise/file'
 *
 * interface User {
 *   readonly id: number
 *   readonly roles: readonly string[]
 * }
 * export const writer = new XmlItemWriter<User>({
 *   resource: 'outgoing/users.xml',
 *   root: { name: 'users', attributes: { xmlns: 'https://example.org/users' } },
 *   element: 'user',
 *   map: ({ id, roles }) => ({ '@id': id, role: roles }),
 *   atomic: true,
 * })
 * ```
 *
 * @throws InvalidOptionError
 */
export class XmlItemWriter<T> extends TextItemWriter<T> {
  readonly #root: { readonly name: string; readonly start: string }
  readonly #element: string
  readonly #map: (item: T) => unknown
  readonly #text = new XmlText(OWNER)

  constructor(options: XmlItemWriterOptions<T>) {
    const check = new OptionCheck(OWNER)
    check.object(options, ['root', 'element', 'map', ...FILE_OUTPUT_OPTIONS])
    super(checkTextOutput(check, OWNER, options))
    const { map } = options
    if (map !== undefined && typeof map !== 'function') check.fail('map', map, 'a function of an item')
    this.#root = checkRoot(check, options.root)
    this.#element = checkName(check, 'element', options.element)
    this.#map = map ?? ((item) => item)
  }

  protected override beginning(): string {
    return `<?xml version="1.0" encoding="UTF-8"?>\n${this.#root.start}\n`
  }

  protected override records(items: readonly T[]): string {
    let text = ''
    for (const item of items) text += `${this.#text.element(this.#element, item, this.#map(item))}\n`
    return text
  }

  protected override ending(): string {
    return `</${this.#root.name}>\n`
  }
}

function checkRoot<T>(check: OptionCheck, root: XmlItemWriterOptions<T>['root']): { name: string; start: string } {
  if (typeof root === 'string') return { name: checkName(check, 'root', root), start: `<${root}>` }
  check.methods('root', root, [], 'a name, or an object with `name` and `attributes`')
  const { name, attributes = {} } = root
  checkName(check, 'root.name', name)
  let start = `<${name}`
  for (const [key, value] of Object.entries(attributes)) {
    checkName(check, 'root.attributes', key)
    const text = check.text(`root.attributes.${key}`, value, 0)
    if (!isXmlText(text)) check.fail(`root.attributes.${key}`, value, 'a text that XML can have')
    start += ` ${key}="${escapeAttribute(text)}"`
  }
  return { name, start: `${start}>` }
}

function checkName(check: OptionCheck, option: string, name: unknown): string {
  return typeof name === 'string' && isXmlName(name) ? name : check.fail(option, name, 'a name of XML')
}
