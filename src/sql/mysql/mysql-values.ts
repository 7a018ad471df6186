import { type AsText, HIDDEN } from '../read-dialect.js'
import type { MysqlConfig, MysqlQuery, MysqlTypeCast, MysqlTypeCastField } from './mysql-port.js'

type Values = Pick<
  MysqlQuery,
  'rowsAsArray' | 'supportBigNumbers' | 'bigNumberStrings' | 'dateStrings' | 'nestTables' | 'typeCast'
>

const ROWS = { rowsAsArray: true, nestTables: false } as const
const BIG = { supportBigNumbers: true, bigNumberStrings: true } as const
const AS_TEXT: Values = { ...ROWS, ...BIG, dateStrings: true }
const AS_TEXT_UNCAST: Values = { ...AS_TEXT, typeCast: (_field, next) => next() }

/** Values as the server has them, whatever the host has configured. */
export function asServer(config: MysqlConfig | undefined): Values {
  return typeof config?.typeCast === 'function' ? AS_TEXT_UNCAST : AS_TEXT
}

/**
 * Values as the host's driver gives them; those of columns for which `asText` says so, and of hidden ones, as text. A BIGINT
 * is exact where the host has no cast of its own: {@link asConfigured} makes of it what the host has asked for.
 */
export function asItems(config: MysqlConfig | undefined, asText: AsText): Values {
  const hostCast = typeof config?.typeCast === 'function' ? (config.typeCast as MysqlTypeCast) : undefined
  // A type cast costs a call and two objects for every value.
  if (asText === undefined && hostCast === undefined) return { ...ROWS, ...exact(config) }
  const typeCast: MysqlTypeCast = (field, next) => {
    if (field.name.startsWith(HIDDEN) || asText?.(field.name) === true) return textOf(field, next)
    if (hostCast === undefined) return next()
    return hostCast(field, field.type === 'LONGLONG' ? () => asConfigured(next(), config) : next)
  }
  // The text of a BIGINT cannot be had in any other way.
  return { ...ROWS, ...BIG, typeCast }
}

const NUMBERS: ReadonlySet<string> = new Set(['TINY', 'SHORT', 'INT24', 'LONG', 'LONGLONG', 'YEAR', 'FLOAT', 'DOUBLE'])

/** The server's text of a value, over the binary protocol too. */
function textOf(field: MysqlTypeCastField, next: () => unknown): unknown {
  if (!NUMBERS.has(field.type)) return field.type === 'JSON' ? field.string('utf8') : field.string()
  const value = next() as string | number | null
  return value === null ? null : String(value)
}

/** A BIGINT as a text where a number cannot hold it, or where the host wants texts. */
function exact(config: MysqlConfig | undefined): Values {
  return {
    supportBigNumbers: true,
    bigNumberStrings: config?.supportBigNumbers === true && config.bigNumberStrings === true,
  }
}

/** A BIGINT, which may have come as text, as the host has asked for it. */
export function asConfigured(value: unknown, config: MysqlConfig | undefined): unknown {
  if (typeof value !== 'string') return value
  if (config?.supportBigNumbers !== true) return Number(value)
  if (config.bigNumberStrings === true) return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
