/** An element of an XML file, with all that is in it. */
export interface XmlElement {
  /** As it is written: `a:user`. */
  readonly name: string
  /** Without its prefix: `user`. */
  readonly local: string
  /** The URI of its namespace; empty where it is in none. */
  readonly namespace: string
  /** Values by names as they are written, those of namespaces included. The object has no prototype. */
  readonly attributes: Readonly<Record<string, string>>
  /** What is in it, in order: elements, and texts, of which no two follow one another. */
  readonly children: readonly (XmlElement | string)[]
  /** The texts among `children`, one behind the other. */
  readonly text: string
}

/**
 * An element as a plain object: `@name` is an attribute, `#text` its own text, and any other name a child. Names are those
 * without prefix.
 */
export interface XmlObject {
  readonly [name: string]: XmlValue | readonly XmlValue[]
}

/** A child: a string where the element has neither attributes nor children. */
export type XmlValue = string | XmlObject

/**
 * The object of an element. Children of one name become an array where there are several, or where `arrays` has the name.
 * Blanks between children are left out, and so are comments and the attributes that declare namespaces.
 */
export function toXmlObject(element: XmlElement, arrays: ReadonlySet<string>): XmlObject {
  const object: Record<string, XmlValue | XmlValue[]> = {}
  for (const [name, value] of Object.entries(element.attributes)) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) set(object, `@${localName(name)}`, value)
  }
  let hasChildren = false
  for (const child of element.children) {
    if (typeof child === 'string') continue
    hasChildren = true
    add(object, child.local, toXmlValue(child, arrays), arrays)
  }
  const { text } = element
  if (text !== '' && !(hasChildren && /^[ \t\r\n]*$/.test(text))) set(object, '#text', text)
  return object
}

function toXmlValue(element: XmlElement, arrays: ReadonlySet<string>): XmlValue {
  const object = toXmlObject(element, arrays)
  const names = Object.keys(object)
  if (names.length === 0) return ''
  return names.length === 1 && names[0] === '#text' ? (object['#text'] as string) : object
}

function add(
  object: Record<string, XmlValue | XmlValue[]>,
  name: string,
  value: XmlValue,
  arrays: ReadonlySet<string>,
): void {
  const before = Object.hasOwn(object, name) ? object[name] : undefined
  if (Array.isArray(before)) before.push(value)
  else if (before !== undefined) set(object, name, [before, value])
  else set(object, name, arrays.has(name) ? [value] : value)
}

/** `__proto__` is a name like any other. */
function set(object: Record<string, XmlValue | XmlValue[]>, name: string, value: XmlValue | XmlValue[]): void {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
