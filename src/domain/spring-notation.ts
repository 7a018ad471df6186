import { javaType } from './java-parameter.js'
import type { DeclaredParameter } from './define-parameters.js'
import { PARAMETER_TYPES } from './parameter-types.js'

/** What else Spring Batch converts to: none of our types is stored as one of these. */
const OTHER_TYPES = ['Byte', 'Character', 'Float', 'Integer', 'Short']
  .map((name) => `java.lang.${name}`)
  .concat('java.math.BigDecimal', 'java.time.Instant', 'java.time.OffsetDateTime', 'java.time.ZonedDateTime')

const KNOWN_TYPES = [...PARAMETER_TYPES.map(javaType), ...OTHER_TYPES].map((name) => name.replaceAll('.', '\\.'))

const TAIL = new RegExp(`^(?<value>.*),(?<type>${KNOWN_TYPES.join('|')})(?:,(?<identifying>true|false))?$`, 's')

/** A parameter's text, taken apart. */
export interface SpringNotation {
  readonly value: string
  /** The Java class that the text names. */
  readonly type?: string | undefined
  /** Whether the text says that the parameter is identifying. */
  readonly identifying?: boolean | undefined
}

/**
 * Takes `value,type,identifying` apart. Only a tail of just this shape is one: a comma, a Java class that Spring Batch
 * converts parameters to, by its full name, and perhaps a comma and `true` or `false`, without spaces, at the very end.
 * Every other comma belongs to the value. Of two tails the last counts, so that a value which ends like one can be given
 * by writing the tail again.
 */
export function readSpringNotation(text: string): SpringNotation {
  const groups = TAIL.exec(text)?.groups
  if (groups === undefined) return { value: text }
  const { value = '', type, identifying } = groups
  return { value, type, identifying: identifying === undefined ? undefined : identifying === 'true' }
}

/** What in a text contradicts the declaration, as phrases. */
export function contradictions(
  { type, identifying }: SpringNotation,
  declared: Pick<DeclaredParameter, 'type' | 'identifying'>,
): readonly string[] {
  const found: string[] = []
  const expected = javaType(declared.type)
  if (type !== undefined && type !== expected) {
    found.push(`must be written as ${expected}, not as ${type}: the job declares it ${declared.type}`)
  }
  if (identifying !== undefined && identifying !== declared.identifying) {
    const what = declared.identifying ? 'identifying' : 'not identifying'
    found.push(`must not say ${identifying} at its end: the job declares it ${what}`)
  }
  return found
}
