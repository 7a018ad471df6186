import type { ContextValue } from './context-value.js'
import { ExactNumber, type ExactJson, type ExactObject, writeExactJson } from './exact-json.js'
import { parseInstant } from './instant.js'
import { JavaValue } from './java-value.js'

const CLASS_NAME = /^\[*[A-Za-z_][\w$]*(?:\.[\w$]+)+/
const ARRAY_CLASS = /^\[+(?:[ZBCSIJFD]$|L)/
const MAP = /^java\.util\.(?:[\w.$]*Map[\dN]?|Hashtable|Properties)$/
const COLLECTION = /^java\.util\.[\w.$]*(?:List|Set|Deque|Queue|Vector|Stack)(?:12|N)?$/

/** A value as Jackson writes it with default typing, as a value of a context. */
export function fromJackson(json: ExactJson): ContextValue {
  if (json instanceof ExactNumber) return plainNumber(json)
  if (typeof json !== 'object' || json === null) return json
  if (json instanceof Map) return fromPlainObject(json as ExactObject)
  const list = json as readonly ExactJson[]
  const [tag, content] = list
  if (list.length === 2 && content !== undefined && isClassName(tag)) return fromTagged(tag, content)
  return list.map(fromJackson)
}

function isClassName(tag: ExactJson | undefined): tag is string {
  return typeof tag === 'string' && (CLASS_NAME.test(tag) || ARRAY_CLASS.test(tag))
}

function fromTagged(javaType: string, content: ExactJson): ContextValue {
  if (javaType === 'java.lang.Long' || javaType === 'java.math.BigInteger') {
    if (content instanceof ExactNumber && /^-?\d+$/.test(content.digits)) return BigInt(content.digits)
  } else if (javaType === 'java.util.Date') {
    const date = toDate(content)
    if (date !== undefined) return date
  } else if (MAP.test(javaType) && content instanceof Map) {
    return fromEntries(content as ExactObject)
  } else if (COLLECTION.test(javaType) && Array.isArray(content)) {
    return (content as readonly ExactJson[]).map(fromJackson)
  }
  return new JavaValue(javaType, writeExactJson(content))
}

/** Spring Batch 5 names the class of an object in a property. */
function fromPlainObject(json: ExactObject): ContextValue {
  const javaType = json.get('@class')
  if (typeof javaType !== 'string') return fromEntries(json)
  const content = new Map([...json].filter(([key]) => key !== '@class'))
  return fromTagged(javaType, content)
}

function fromEntries(json: ExactObject): ContextValue {
  return Object.fromEntries([...json].map(([key, value]) => [key, fromJackson(value)]))
}

function plainNumber({ digits }: ExactNumber): ContextValue {
  const value = Number(digits)
  // Numbers that a double cannot hold and that we never write: kept for whoever wrote them.
  if (!Number.isFinite(value)) return new JavaValue('java.math.BigDecimal', digits)
  // + 0: Java's -0.0 becomes 0, since a context keeps no sign of zero.
  return value + 0
}

function toDate(content: ExactJson): Date | undefined {
  if (typeof content === 'string') return parseInstant(content)
  if (!(content instanceof ExactNumber)) return undefined
  const date = new Date(Number(content.digits))
  return Number.isNaN(date.getTime()) ? undefined : date
}
