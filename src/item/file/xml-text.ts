import { FileValueError } from './record-errors.js'

/**
 * What an XML element is made of: a text (a `Date` is written as ISO 8601 has it), or an object in which `@name` is an
 * attribute, `#text` text, and any other name a child, several where it is an array. `null` and `undefined` are left out.
 */
export type XmlContent =
  | string
  | number
  | bigint
  | boolean
  | Date
  | { readonly [name: string]: XmlContent | readonly (XmlContent | null | undefined)[] | null | undefined }

const NAME_START =
  'A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}\\u{200d}\\u{2070}-\\u{218f}\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}'
const PART = `[${NAME_START}][${NAME_START}\\-.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}\\u{2040}]*`
const NAME = new RegExp(`^${PART}(?::${PART})?$`, 'u')

/** What XML 1.0 does not have, not even as a reference; half a surrogate pair among it. */
const IMPOSSIBLE = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/** Whether a text is the name of an element or attribute, with a prefix or without. */
export function isXmlName(name: string): boolean {
  return NAME.test(name)
}

/** Whether XML can have each character of a text. */
export function isXmlText(text: string): boolean {
  return !IMPOSSIBLE.test(text)
}

/** A text between tags. A carriage return would be read as a line feed. */
export function escapeText(text: string): string {
  return /[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, reference) : text
}

/** A text in double quotes. Blanks other than the space would be read as spaces. */
export function escapeAttribute(text: string): string {
  return /[&<>"\t\n\r]/.test(text) ? text.replace(/[&<>"\t\n\r]/g, reference) : text
}

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function reference(unit: string): string {
  return NAMED[unit] ?? `&#${unit.charCodeAt(0)};`
}

/** Makes the text of elements. One that is made of an item is named in errors. */
export class XmlText {
  readonly #owner: string

  constructor(owner: string) {
    this.#owner = owner
  }

  /** The element of an item. Throws {@link FileValueError}. */
  element(name: string, item: unknown, content: unknown): string {
    return this.#element(name, content, { item, names: [] })
  }

  #element(name: string, content: unknown, at: Place): string {
    if (typeof content !== 'object' || content === null || content instanceof Date) {
      const text = escapeText(this.#text(content, at))
      return text === '' ? `<${name}/>` : `<${name}>${text}</${name}>`
    }
    if (Array.isArray(content)) return this.#fail('an array has no name of its own', at)
    if (at.names.length > MAX_DEPTH) return this.#fail(`it is nested deeper than ${MAX_DEPTH}`, at)
    let attributes = ''
    let children = ''
    for (const [key, value] of Object.entries(content as Readonly<Record<string, unknown>>)) {
      if (value === undefined || value === null) continue
      const inner = { item: at.item, names: [...at.names, key] }
      if (key === '#text') children = escapeText(this.#text(value, inner)) + children
      else if (key.startsWith('@')) {
        attributes += ` ${this.#name(key.slice(1), inner)}="${escapeAttribute(this.#text(value, inner))}"`
      } else children += this.#children(this.#name(key, inner), value, inner)
    }
    return children === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${children}</${name}>`
  }

  #children(name: string, value: unknown, at: Place): string {
    if (!Array.isArray(value)) return this.#element(name, value, at)
    let text = ''
    for (const one of value as readonly unknown[]) {
      if (one !== undefined && one !== null) text += this.#element(name, one, at)
    }
    return text
  }

  #name(name: string, at: Place): string {
    return isXmlName(name) ? name : this.#fail('it is no name of XML', at)
  }

  #text(value: unknown, at: Place): string {
    const text = textOf(value)
    if (text === undefined) return this.#fail('it has no text', at)
    return isXmlText(text) ? text : this.#fail('it has a character that XML 1.0 does not have', at)
  }

  #fail(reason: string, { item, names }: Place): never {
    throw new FileValueError(this.#owner, item, names.join('.'), reason)
  }
}

interface Place {
  readonly item: unknown
  readonly names: readonly string[]
}

/** A reader refuses more. */
const MAX_DEPTH = 200

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString()
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : undefined
}
