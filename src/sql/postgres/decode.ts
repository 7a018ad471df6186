import { asItIs, type ColumnType, type Decoder, typedDecoder } from '../column-type.js'
import { decodeDate, decodeTimestamp, decodeTimestamptz } from './decode-date.js'
import type { ChooseDecoder } from '../row-decoder.js'
import type { PgTypeParsers } from './pg-port.js'

const toNumber = (text: string): number => +text
const toBoolean = (text: string): boolean => text === 't'

interface FastDecoder {
  readonly decode: Decoder
  /** Texts by which the host's parser is told to be the default one. */
  readonly probes: readonly string[]
}

const INTEGER: FastDecoder = { decode: toNumber, probes: ['0', '7', '-32768', '12345'] }
const FLOAT: FastDecoder = { decode: toNumber, probes: ['0.1', '-1.5e-30', '42', 'NaN', 'Infinity', '-Infinity'] }
const TEXT: FastDecoder = { decode: asItIs, probes: ['', '0', 't', 'a "b"', '2024-02-29', '{"a":[1]}'] }
const NUMERIC: FastDecoder = { decode: asItIs, probes: ['0', '-5', '1.50', '9223372036854775807', '12345.6789'] }

const FAST: ReadonlyMap<number, FastDecoder> = new Map([
  [16, { decode: toBoolean, probes: ['t', 'f'] }],
  [20, NUMERIC],
  [21, INTEGER],
  [23, INTEGER],
  [25, TEXT],
  [700, FLOAT],
  [701, FLOAT],
  [1042, TEXT],
  [1043, TEXT],
  [1082, { decode: decodeDate, probes: ['2024-02-29', '1999-12-31'] }],
  [1114, { decode: decodeTimestamp, probes: ['2024-02-29 10:20:30.123456', '2024-07-01 00:00:00'] }],
  [1184, { decode: decodeTimestamptz, probes: ['2024-02-29 10:20:30.123456+05:30', '2024-07-01 00:00:00-03'] }],
  [1700, NUMERIC],
  [2950, { decode: asItIs, probes: ['00000000-0000-0000-0000-000000000001'] }],
])

/**
 * The decoder of a type: gives what the host's parser gives. Where that is the default one of `pg`, a faster one with
 * the same values stands in for it, and what that one does not know still goes to the host's.
 */
export function hostDecoder(typeId: number, client: unknown): Decoder {
  const parser = (client as PgTypeParsers).getTypeParser?.(typeId, 'text') ?? asItIs
  const fast = FAST.get(typeId)
  if (fast === undefined || !fast.probes.every((probe) => sameValue(parser(probe), fast.decode(probe)))) return parser
  const { decode } = fast
  if (decode !== decodeDate && decode !== decodeTimestamp && decode !== decodeTimestamptz) return decode
  return (text) => decode(text) ?? parser(text)
}

/** The decoder of a declared type. */
export function declaredDecoder(type: ColumnType, typeId: number): Decoder {
  return typedDecoder(type, dateDecoder(typeId))
}

function dateDecoder(typeId: number): Decoder {
  const decode = typeId === 1082 ? decodeDate : typeId === 1114 ? decodeTimestamp : decodeTimestamptz
  return (text) => decode(text) ?? new Date(text)
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  return Object.is(a, b)
}

/** Chooses what reads the columns of a result on `client`. */
export function chooseDecoder(client: unknown): ChooseDecoder {
  return ({ typeId }, type) => (type === undefined ? hostDecoder(typeId, client) : declaredDecoder(type, typeId))
}
