import { defineParameters } from './define-parameters.js'
import type { ParameterShape } from './parameter-shape.js'
import type { ParameterType, ParameterValue } from './parameter-types.js'
import { MASK } from './secret-parameters.js'

/** A declared parameter as data to show. */
export interface ParameterDescription {
  readonly name: string
  readonly type: ParameterType
  /** Whether a start without it is refused: neither the caller nor `env` gives it, and it has no default. */
  readonly required: boolean
  /** Whether it tells job instances apart. */
  readonly identifying: boolean
  readonly secret: boolean
  /** The environment variable it is taken from when the caller gives none. */
  readonly env?: string
  /** The only values that are accepted; a secret's are `***`. */
  readonly oneOf?: readonly ParameterValue[]
  /** The value where none is given; a secret's is `***`. */
  readonly default?: ParameterValue
}

/** What a shape declares, in the order it was written, with what is secret masked. `owner` as for `defineParameters`. */
export function describeParameters(owner: string, shape: ParameterShape): readonly ParameterDescription[] {
  return [...defineParameters(owner, shape)].map(([name, declared]) => {
    const { type, required, identifying, secret, env, oneOf } = declared
    const show = (value: ParameterValue): ParameterValue => (secret ? MASK : value)
    return {
      name,
      type,
      required,
      identifying,
      secret,
      ...(env === undefined ? {} : { env }),
      ...(oneOf === undefined ? {} : { oneOf: oneOf.map(show) }),
      ...(declared.default === undefined ? {} : { default: show(declared.default) }),
    }
  })
}
