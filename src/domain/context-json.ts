import { ContextFormatError } from './context-format-error.js'
import type { ContextValue } from './context-value.js'
import { type ExactJson, type ExactObject, parseExactJson } from './exact-json.js'
import { ExecutionContext, putReserved } from './execution-context.js'
import { fromJackson } from './jackson-value.js'
import { JavaValue } from './java-value.js'

const LONG_LIMIT = 2n ** 63n

/**
 * A context as it is stored: the JSON that Spring Batch 6 reads and writes with Jackson, where scalars are plain and
 * everything else is a pair of Java class and value.
 */
export function serializeContext(context: ExecutionContext): string {
  return toObject(Object.entries(context.toObject()))
}

/**
 * Reads a stored context, of Chunkwise or of Spring Batch. Java's Long and BigInteger become bigints with all their
 * digits, maps and collections become objects and arrays; what has no counterpart is kept as a {@link JavaValue} and
 * written back as it was. Throws {@link ContextFormatError} for a text that is no such JSON.
 */
export function deserializeContext(text: string): ExecutionContext {
  const root = readRoot(text)
  const context = new ExecutionContext()
  try {
    for (const [key, value] of root) {
      if (key !== '@class') putReserved(context, key, fromJackson(value))
    }
  } catch (cause) {
    throw new ContextFormatError(text, 'since a value in it cannot be kept', { cause })
  }
  context.markClean()
  return context
}

function readRoot(text: string): ExactObject {
  let root: ExactJson
  try {
    root = parseExactJson(text)
  } catch (cause) {
    throw new ContextFormatError(text, 'since it is not JSON', { cause })
  }
  if (root instanceof Map) return root as ExactObject
  throw new ContextFormatError(text, 'since it is not a JSON object')
}

function toJackson(value: ContextValue): string {
  if (typeof value === 'bigint') return wrap(isLong(value) ? 'java.lang.Long' : 'java.math.BigInteger', String(value))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (value instanceof Date) return wrap('java.util.Date', dateText(value))
  if (value instanceof JavaValue) return wrap(value.javaType, value.json)
  if (Array.isArray(value)) {
    return wrap('java.util.ArrayList', `[${(value as readonly ContextValue[]).map(toJackson).join(',')}]`)
  }
  return wrap('java.util.LinkedHashMap', toObject(Object.entries(value)))
}

function toObject(entries: readonly (readonly [string, ContextValue])[]): string {
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${toJackson(value)}`).join(',')}}`
}

function wrap(javaType: string, json: string): string {
  return `[${JSON.stringify(javaType)},${json}]`
}

function isLong(value: bigint): boolean {
  return value >= -LONG_LIMIT && value < LONG_LIMIT
}

/** Jackson reads years of four digits only; it takes any date as milliseconds. */
function dateText(date: Date): string {
  const text = date.toISOString()
  return /^\d{4}-/.test(text) ? `"${text}"` : String(date.getTime())
}
