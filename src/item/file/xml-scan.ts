import type { SaxesParser, SaxesTagNS } from 'saxes'
import { MissingPackageError } from '../missing-package-error.js'
import type { XmlElement } from './xml-element.js'

/** The package that reads XML. */
export interface XmlLibrary {
  readonly SaxesParser: typeof SaxesParser
}

/** Loads the package that only this reader needs. */
export async function loadXmlLibrary(owner: string): Promise<XmlLibrary> {
  try {
    const loaded = await import('saxes')
    // What a CommonJS package looks like when it is imported depends on who compiled the import.
    return (loaded as { readonly default?: XmlLibrary }).default ?? loaded
  } catch (cause) {
    throw new MissingPackageError(owner, 'saxes', cause)
  }
}

/** How deep elements may stand in one another. */
export const MAX_DEPTH = 256

const ENTITIES = { amp: '&', gt: '>', lt: '<', quot: '"', apos: "'" }

/** The document is not as it must be. Only for those who scan. */
export class BadXml extends Error {}

/** What must be known of the document to read on at a place in it. */
export interface XmlPlace {
  readonly line: number
  readonly column: number
  /** The version of XML whose rules hold. */
  readonly version: '1.0' | '1.1'
  /** The start tags of the elements that are open, with their namespaces only. */
  readonly open: readonly string[]
}

/** What a scan is told. */
export interface XmlScanOptions {
  readonly library: XmlLibrary
  readonly local: string
  /** `undefined`: any. */
  readonly namespace: string | undefined
  /** Where to read on. */
  readonly from: XmlPlace | undefined
  /** Is told the encoding that the document names. */
  readonly onEncoding: (label: string) => void
  /**
   * Is told each element, and the index of the character behind it. The name of its end tag may be another one: then the
   * document is broken, which is noticed next.
   */
  readonly onElement: (element: XmlElement, end: number, place: XmlPlace) => void
  /** Is told the index of the character behind each tag that is not inside of an element that is looked for. */
  readonly onTag: (end: number, isElementStart: boolean) => void
}

class OpenElement implements XmlElement {
  readonly name: string
  readonly local: string
  readonly namespace: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: (XmlElement | string)[] = []

  constructor({ name, local, uri, attributes }: SaxesTagNS) {
    this.name = name
    this.local = local
    this.namespace = uri
    const values = Object.create(null) as Record<string, string>
    for (const attribute of Object.values(attributes)) values[attribute.name] = attribute.value
    this.attributes = values
  }

  get text(): string {
    return this.children.filter((child) => typeof child === 'string').join('')
  }
}

/** Finds the elements of one name in an XML document that comes in pieces. It keeps nothing else. */
export class XmlScan {
  readonly #options: XmlScanOptions
  readonly #parser: SaxesParser<{ readonly xmlns: true }>
  /** Characters that only lead to the place where it began. */
  #before = 0
  #ancestors: string[] = []
  #places: readonly string[] | undefined
  /** The element that is being read, and those in it. */
  readonly #elements: OpenElement[] = []

  constructor(options: XmlScanOptions) {
    this.#options = options
    this.#parser = new options.library.SaxesParser({ xmlns: true })
    // Those of the library inherit from Object: `&constructor;` would be one.
    this.#parser.ENTITIES = Object.assign(Object.create(null) as Record<string, string>, ENTITIES)
    this.#resume(options.from)
    const parser = this.#parser
    parser.on('xmldecl', ({ encoding }) => {
      if (encoding !== undefined) options.onEncoding(encoding)
    })
    parser.on('doctype', (text) => {
      if (/<!ENTITY/.test(text)) throw new BadXml('its DOCTYPE declares entities, which are not expanded')
    })
    parser.on('opentag', (tag) => this.#open(tag))
    parser.on('closetag', () => this.#close())
    parser.on('text', (text) => this.#text(text))
    parser.on('cdata', (text) => this.#text(text))
  }

  /** Where it is now. */
  get line(): number {
    return this.#parser.line
  }

  /** The character in the line, from 1. */
  get column(): number {
    return this.#parser.column + 1
  }

  /** Takes the next piece. Throws when the document is not well-formed. */
  write(text: string): void {
    this.#parser.write(text)
  }

  /** Says that nothing follows. Throws when the document has not ended. */
  end(): void {
    this.#parser.close()
  }

  #resume(from: XmlPlace | undefined): void {
    if (from === undefined) return
    const { open, version, line, column } = from
    // Without an open element, the only one of the document is read.
    const prefix = `<?xml version="${version}"?>${open.length === 0 ? '<a/>' : open.join('')}`
    this.#parser.write(prefix)
    this.#parser.line = line
    this.#parser.column = column
    this.#ancestors = [...open]
    this.#before = prefix.length
  }

  #open(tag: SaxesTagNS): void {
    const { local, namespace, onTag } = this.#options
    const isWanted = tag.local === local && (namespace === undefined || tag.uri === namespace)
    if (this.#ancestors.length + this.#elements.length === MAX_DEPTH) {
      throw new BadXml(`its elements stand in one another deeper than ${MAX_DEPTH}`)
    }
    if (this.#elements.length > 0 || isWanted) {
      const element = new OpenElement(tag)
      this.#elements.at(-1)?.children.push(element)
      if (this.#elements.length === 0) onTag(this.#end, true)
      this.#elements.push(element)
      return
    }
    this.#ancestors.push(startTag(tag))
    this.#places = undefined
    onTag(this.#end, false)
  }

  #close(): void {
    const element = this.#elements.pop()
    if (element === undefined) {
      this.#ancestors.pop()
      this.#places = undefined
      this.#options.onTag(this.#end, false)
    } else if (this.#elements.length === 0) {
      this.#options.onElement(element, this.#end, this.#place())
    }
  }

  #text(text: string): void {
    const children = this.#elements.at(-1)?.children
    if (children === undefined || text === '') return
    const last = children.length - 1
    if (typeof children[last] === 'string') children[last] += text
    else children.push(text)
  }

  get #end(): number {
    return this.#parser.position - this.#before
  }

  #place(): XmlPlace {
    this.#places ??= [...this.#ancestors]
    const { line, column, xmlDecl } = this.#parser
    // As the parser has it: any other version is read by the rules of 1.1.
    return { line, column, version: (xmlDecl.version ?? '1.0') === '1.0' ? '1.0' : '1.1', open: this.#places }
  }
}

function startTag({ name, ns }: SaxesTagNS): string {
  const declared = Object.entries(ns).map(([prefix, uri]) => {
    return ` xmlns${prefix === '' ? '' : `:${prefix}`}="${uri.replace(/[&<"]/g, (unit) => `&#${unit.charCodeAt(0)};`)}"`
  })
  return `<${name}${declared.join('')}>`
}
