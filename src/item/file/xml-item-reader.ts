import { OptionCheck } from '../../domain/check-option.js'
import type { Json } from '../../support/json.js'
import { quote } from '../../support/quote.js'
import { checkEncoding, type Encoding, UTF_8 } from './encodings.js'
import { checkResource, type FileResourceOptions, RESOURCE_OPTIONS } from './file-resource.js'
import type { FileSource } from './file-source.js'
import { type RecordFeed, RecordItemReader } from './record-item-reader.js'
import { TextSource } from './text-source.js'
import { toXmlObject, type XmlElement, type XmlObject } from './xml-element.js'
import { XmlElements } from './xml-elements.js'
import { BadXml, loadXmlLibrary } from './xml-scan.js'

/** Options of an {@link XmlItemReader}. */
export interface XmlItemReaderOptions<T> extends FileResourceOptions {
  /** The name of the elements that are items, without a prefix, wherever they stand. Those inside of one belong to it. */
  readonly element: string
  /** The URI of their namespace; `''`: none. Default: any. */
  readonly namespace?: string
  /** Makes the item of an element. What it throws is the error of that item. Default: an {@link XmlObject}. */
  readonly map?: (element: XmlElement) => T
  /**
   * Names of children that are arrays in an {@link XmlObject} even where there is one. Not together with `map`. Default:
   * none.
   */
  readonly arrays?: readonly string[]
  /** The most bytes of an element, of a DOCTYPE, and of what is between two tags. More is an error. Default 1 MiB. */
  readonly maxRecordBytes?: number
  /**
   * The label of an encoding, as TextDecoder has it; it must be given where the file's is neither UTF-8 nor, with a byte
   * order mark, UTF-16. Not for encodings of several bytes other than those. Default: the one that the file names.
   */
  readonly encoding?: string
}

const OWNER = 'XmlItemReader'
const OPTIONS = ['element', 'namespace', 'map', 'arrays', 'maxRecordBytes', 'encoding', ...RESOURCE_OPTIONS]

/**
 * Reads the elements of one name of an XML file, however large it is, as plain objects: `@name` for an attribute, `#text`
 * for text, any other name for a child; a child with text only is a string, and several of one name are an array. Needs the
 * package `saxes`. Nothing outside of the file is ever loaded, and no entities but those of XML itself are expanded.
 *
 * It restarts at the byte behind the last committed element, with the start tags that were open there: at once in a plain
 * file; a gzip file or a stream is read again up to there. A file that ends before that byte, or has changed there,
 * is refused with `FileChangedError`.
 *
 * Throws `FileRecordError` where `map` throws, which can be skipped: the next element is read. Throws `FileDocumentError`,
 * which is not to be skipped, where the file is not well-formed, ends in the middle, declares entities, names another
 * encoding, has elements that stand in one another deeper than 256, or something longer than `maxRecordBytes`. Throws
 * `FileAccessError` when the file cannot be opened or read, and `MissingPackageError`.
 *
 * @example
 * ```ts
 * import { XmlItemReader } from 'chunkwise/file'
 *
 * // <user id="1"><name>Ada</name></user> becomes { '@id': '1', name: 'Ada' }.
 * export const reader = () => new XmlItemReader({ resource: 'incoming/users.xml', element: 'user', arrays: ['role'] })
 * ```
 *
 * @throws InvalidOptionError
 */
export class XmlItemReader<T = XmlObject> extends RecordItemReader<T> {
  readonly #options: XmlItemReaderOptions<T>
  readonly #maxRecordBytes: number
  readonly #encoding: Encoding | undefined
  readonly #toItem: (element: XmlElement) => unknown

  constructor(options: XmlItemReaderOptions<T>) {
    const check = new OptionCheck(OWNER)
    check.object(options, OPTIONS)
    super(OWNER, checkResource(check, options))
    const { element, namespace, encoding } = options
    if (/[:\s<>&/]/.test(check.text('element', element))) check.fail('element', element, 'a name without a prefix')
    if (namespace !== undefined) check.text('namespace', namespace, 0)
    this.#options = options
    this.#maxRecordBytes = check.integer('maxRecordBytes', options.maxRecordBytes ?? 1024 * 1024, 1)
    this.#encoding = encoding === undefined ? undefined : checkEncoding(check, encoding)
    if (this.#encoding !== undefined && this.#encoding.unit === undefined && this.#encoding !== UTF_8) {
      check.fail('encoding', encoding, 'UTF-8, UTF-16, or one with one byte for each character')
    }
    this.#toItem = mapping(check, options)
  }

  protected override async openFeed(
    source: FileSource,
    position: Json | undefined,
    signal: AbortSignal,
  ): Promise<RecordFeed<T>> {
    const library = await loadXmlLibrary(OWNER)
    const text = new TextSource(source, this.#encoding, UTF_8)
    await text.begin(signal)
    const elements = new XmlElements<T>({
      owner: OWNER,
      file: source.name,
      text,
      library,
      local: this.#options.element,
      namespace: this.#options.namespace,
      toItem: this.#toItem,
      maxRecordBytes: this.#maxRecordBytes,
      onEncoding: (label) => this.#encoding ?? checkNamed(label, text.encoding),
    })
    if (position !== undefined) await elements.resume(position, signal)
    return elements
  }
}

function mapping<T>(check: OptionCheck, { map, arrays }: XmlItemReaderOptions<T>): (element: XmlElement) => unknown {
  if (map !== undefined && typeof map !== 'function') check.fail('map', map, 'a function of an element')
  if (arrays !== undefined) {
    if (!Array.isArray(arrays)) check.fail('arrays', arrays, 'an array of names')
    for (const [index, name] of arrays.entries()) check.text(`arrays[${index}]`, name)
    if (map !== undefined) check.fail('arrays', arrays, 'left out with `map`')
  }
  const names = new Set(arrays)
  return map ?? ((element) => toXmlObject(element, names))
}

/** Refuses a file that names another encoding than the one it is read in. */
function checkNamed(label: string, actual: string): void {
  let named = label
  try {
    named = new TextDecoder(label).encoding
  } catch {
    // It is not known, and so not the one.
  }
  // ASCII is a part of UTF-8, and which of the two UTF-16 it is, the byte order mark has said.
  if (named === actual || /^(?:us-)?ascii$/i.test(label) || (named === 'utf-16le' && actual === 'utf-16be')) return
  throw new BadXml(`it says that its encoding is ${quote(label)}, and it is read as ${actual}: give \`encoding\``)
}
