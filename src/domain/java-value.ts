import { InvalidOptionError } from './option-error.js'

/**
 * A value of a Java class that has no counterpart here, found in a context that a Java job wrote. It can be put into a
 * context again, and is written as it was read.
 */
export class JavaValue {
  /** The Java class, e.g. `java.math.BigDecimal`. */
  readonly javaType: string
  /** The value as Jackson wrote it, digit for digit. */
  readonly json: string

  /** Throws {@link InvalidOptionError} when `json` is not JSON. */
  constructor(javaType: string, json: string) {
    try {
      JSON.parse(json)
    } catch (cause) {
      throw new InvalidOptionError('JavaValue.json', json, 'JSON text', { cause })
    }
    this.javaType = javaType
    this.json = json
    Object.freeze(this)
  }

  /** The class and the JSON text. */
  toString(): string {
    return `${this.javaType}: ${this.json}`
  }
}
