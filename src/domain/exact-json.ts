/**
 * JSON whose numbers keep all their digits. `JSON.parse` rounds what is beyond a double, so numbers are turned into
 * strings first; to tell the two apart, every string gets a mark in front.
 */
export type ExactJson = null | boolean | ExactNumber | string | readonly ExactJson[] | ExactObject

/** A JSON object, in the order of its text. A map, so that no key clashes with what objects inherit. */
export type ExactObject = ReadonlyMap<string, ExactJson>

/** A JSON number, as it is written. */
export class ExactNumber {
  readonly digits: string

  constructor(digits: string) {
    this.digits = digits
  }
}

const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Reads JSON text. Throws `SyntaxError` as `JSON.parse` does. */
export function parseExactJson(text: string): ExactJson {
  JSON.parse(text)
  const marked = text.replace(STRING_OR_NUMBER, (token) => (token[0] === '"' ? `"s${token.slice(1)}` : `"n${token}"`))
  return unmark(JSON.parse(marked) as unknown)
}

function unmark(value: unknown): ExactJson {
  if (typeof value === 'string') return value[0] === 'n' ? new ExactNumber(value.slice(1)) : value.slice(1)
  if (typeof value !== 'object' || value === null) return value as null | boolean
  if (Array.isArray(value)) return value.map(unmark)
  return new Map(Object.entries(value).map(([key, inner]) => [key.slice(1), unmark(inner)]))
}

/** Writes what {@link parseExactJson} read. */
export function writeExactJson(value: ExactJson): string {
  if (value instanceof ExactNumber) return value.digits
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (value instanceof Map) {
    return `{${[...(value as ExactObject)].map(([key, inner]) => `${JSON.stringify(key)}:${writeExactJson(inner)}`).join(',')}}`
  }
  return `[${(value as readonly ExactJson[]).map(writeExactJson).join(',')}]`
}
