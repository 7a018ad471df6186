import type { Json } from '../../support/json.js'
import { PositionError } from '../item-errors.js'
import { countOf, type FilePlace, filePlaceOf } from './fingerprint.js'
import { FileDocumentError, FileRecordError } from './record-errors.js'
import type { RecordFeed } from './record-item-reader.js'
import type { TextSource } from './text-source.js'
import type { XmlElement } from './xml-element.js'
import { BadXml, type XmlLibrary, type XmlPlace, XmlScan } from './xml-scan.js'

/** What elements are read from, and how. */
export interface XmlElementsOptions {
  readonly owner: string
  /** The name of the file, for messages. */
  readonly file: string
  readonly text: TextSource
  readonly library: XmlLibrary
  readonly local: string
  readonly namespace: string | undefined
  readonly toItem: (element: XmlElement) => unknown
  readonly maxRecordBytes: number
  /** Is told the encoding that the document names; throws `BadXml`. */
  readonly onEncoding: (label: string) => void
}

/** What an element has become, and the place behind it. */
interface Found {
  readonly item: unknown
  readonly error: FileRecordError | undefined
  /** The index of the character behind it, as all of the text is counted. */
  readonly end: number
  readonly place: XmlPlace
}

const SHOWN = 200
const START: XmlPlace = { line: 1, column: 0, version: '1.0', open: [] }

/** The elements of one name in an open XML file. */
export class XmlElements<T> implements RecordFeed<T> {
  readonly #options: XmlElementsOptions
  #scan: XmlScan
  #found: Found[] = []
  #next = 0
  /** Index of the first character of the text that is held, and of the one behind those that were scanned. */
  #base = 0
  #scanned = 0
  /** Index of the first character that is still needed: of the element that is being read, or behind the last tag. */
  #needed = 0
  #elements = 0
  /** Behind the last item. */
  #done = 0
  /** The place of what `#done` was, made before its text is dropped. */
  #place: FilePlace
  #placed = 0
  #xml: XmlPlace | undefined
  #failure: FileDocumentError | undefined
  #hasEnded = false

  constructor(options: XmlElementsOptions) {
    this.#options = options
    this.#scan = this.#newScan(undefined)
    this.#place = options.text.place(0)
  }

  /** Goes to a position of an earlier run. */
  async resume(position: Json, signal: AbortSignal): Promise<void> {
    const { owner, text } = this.#options
    const place = filePlaceOf(owner, position)
    const elements = countOf(owner, position, 'elements')
    if (elements === 0) return
    const xml = xmlPlaceOf(owner, position)
    await text.resume(place, signal)
    this.#place = place
    this.#xml = xml
    this.#elements = elements
    this.#scan = this.#newScan(xml)
  }

  take(size: number, items: T[]): boolean {
    while (items.length < size) {
      const found = this.#found[this.#next]
      if (found === undefined) return this.#atEnd(items.length > 0)
      if (found.error !== undefined && items.length > 0) return true
      this.#next++
      this.#elements++
      this.#done = found.end
      this.#xml = found.place
      if (found.error !== undefined) throw found.error
      items.push(found.item as T)
    }
    return true
  }

  async more(signal: AbortSignal): Promise<void> {
    const { text, maxRecordBytes } = this.#options
    this.position()
    this.#found = []
    this.#next = 0
    const used = this.#needed - this.#base
    text.drop(used)
    this.#base = this.#needed
    await text.fill(0, maxRecordBytes, false, signal)
    try {
      this.#read()
    } catch (error) {
      this.#failure = error instanceof FileDocumentError ? error : this.#broken(error as Error)
    }
  }

  position(): Json {
    if (this.#done !== this.#placed) {
      this.#place = this.#options.text.place(this.#done - this.#base)
      this.#placed = this.#done
    }
    const { line, column, version, open } = this.#xml ?? START
    return { ...this.#place, elements: this.#elements, line, column, version, open: [...open] }
  }

  isOfRecord(error: unknown): boolean {
    return error instanceof FileRecordError
  }

  #atEnd(hasItems: boolean): boolean {
    if (this.#failure === undefined) return this.#hasEnded
    if (hasItems) return true
    throw this.#failure
  }

  #newScan(from: XmlPlace | undefined): XmlScan {
    const { library, local, namespace, onEncoding } = this.#options
    return new XmlScan({
      library,
      local,
      namespace,
      from,
      onEncoding,
      onElement: (element, end, place) => this.#take(element, end, place),
      onTag: (end, isElementStart) => {
        // No `<` can stand inside of a tag.
        const start = isElementStart ? this.#base + this.#options.text.text.lastIndexOf('<', end - 1 - this.#base) : end
        this.#checkSize(this.#needed, start)
        this.#needed = start
      },
    })
  }

  /** Scans what is at hand. */
  #read(): void {
    const { text } = this.#options
    const invalid = text.invalidFrom(0)
    const piece = text.text.slice(this.#scanned - this.#base, invalid)
    this.#scanned += piece.length
    this.#scan.write(piece)
    this.#checkSize(this.#needed, this.#scanned)
    if (invalid < text.text.length) throw new BadXml(`there are bytes that are not ${text.encoding}`)
    if (!text.ended) return
    this.#scan.end()
    this.#hasEnded = true
  }

  #take(element: XmlElement, end: number, place: XmlPlace): void {
    this.#checkSize(this.#needed, end)
    if (!this.#isEndedByName(element.name, end)) return
    const start = this.#needed
    this.#needed = end
    try {
      const item = this.#options.toItem(element)
      if (item === null || item === undefined) throw new TypeError('`map` makes nothing of it')
      this.#found.push({ item, error: undefined, end, place })
    } catch (cause) {
      this.#found.push({ item: undefined, error: this.#recordError(start, place, cause), end, place })
    }
  }

  #isEndedByName(name: string, end: number): boolean {
    const { text } = this.#options.text
    const tag = text.slice(text.lastIndexOf('<', end - 1 - this.#base), end - this.#base)
    return !tag.startsWith('</') || tag.slice(2, -1).trimEnd() === name
  }

  #recordError(start: number, { line }: XmlPlace, cause: unknown): FileRecordError {
    const { owner, file, text } = this.#options
    const at = start - this.#base
    const spot = { file, line, byteOffset: text.byteOffset(at), text: text.text.slice(at, at + SHOWN) }
    return new FileRecordError(owner, spot, cause instanceof Error ? cause.message : String(cause), { cause })
  }

  #checkSize(from: number, to: number): void {
    const { text, maxRecordBytes } = this.#options
    // No encoding has more than four bytes for a unit.
    if (4 * (to - from) <= maxRecordBytes) return
    const start = text.byteOffset(from - this.#base)
    if (text.byteOffset(to - this.#base) - start <= maxRecordBytes) return
    throw new BadXml(
      `an element, or what is between two, has more than ${maxRecordBytes} bytes, which is maxRecordBytes`,
    )
  }

  #broken(error: Error): FileDocumentError {
    const { owner, file, text } = this.#options
    const { line, column } = this.#scan
    const byteOffset = text.byteOffset(this.#needed - this.#base)
    const options = error instanceof BadXml ? undefined : { cause: error }
    return new FileDocumentError(
      owner,
      { file, line, column, byteOffset },
      error.message.replace(/^[\d:]+ /, ''),
      options,
    )
  }
}

function xmlPlaceOf(owner: string, position: Json): XmlPlace {
  const line = countOf(owner, position, 'line')
  const column = countOf(owner, position, 'column')
  const { version, open } = position as Readonly<Record<string, unknown>>
  const isPlace = Array.isArray(open) && open.every((tag) => typeof tag === 'string')
  if ((version === '1.0' || version === '1.1') && isPlace) return { line, column, version, open: open as string[] }
  throw new PositionError(owner, position, 'it is not a place in an XML file; was it another reader before?')
}
