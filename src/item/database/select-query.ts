import type { OptionCheck } from '../../domain/check-option.js'
import { orderParameters, parseSql, ParameterNumbers } from '../../sql/named-parameters.js'
import type { ReadDialect } from '../../sql/read-dialect.js'
import type { SqlValue } from '../../sql/sql-connection.js'

/**
 * Values of the `:name` parameters. Dates, arrays (`= any(:ids)`), bytes and null are bound as such, other objects as
 * JSON; none becomes SQL text.
 */
export type QueryParameters = Readonly<Record<string, unknown>>

/** A query in three parts, each the developer's SQL, taken as it is. */
export interface SelectOptions {
  /** What stands behind SELECT: columns, expressions, `DISTINCT`. */
  readonly select: string
  /** What stands behind FROM: a table, joins. */
  readonly from: string
  /** The condition, without WHERE. By default all rows. */
  readonly where?: string
  /** Values of the `:name` parameters in the parts, or in `sql`. Default: none. */
  readonly parameters?: QueryParameters
}

/** A developer's query, ready to stand in a FROM list. */
export interface QuerySource {
  /** The query, with placeholders. */
  readonly sql: string
  readonly values: readonly SqlValue[]
  /** Whether it reads just one table. */
  readonly plainTable: boolean
}

const NAME = '(?:"[^"]+"|`[^`]+`|\\w+)'
const PLAIN_TABLE = new RegExp(`^\\s*${NAME}(?:\\s*\\.\\s*${NAME})?(?:\\s+(?:as\\s+)?${NAME})?\\s*$`, 'i')

/** Checks and joins the parts. Each ends with a new line, since it may end with a comment. */
export function selectSource(check: OptionCheck, dialect: ReadDialect, options: SelectOptions): QuerySource {
  const { select, from, where } = options
  const numbers = new ParameterNumbers(dialect.syntax)
  const part = (option: string, sql: string): string =>
    numbers.render(parseSql(check, option, check.text(option, sql), dialect.syntax)).concat('\n')
  let sql = `SELECT ${part('select', select)}FROM ${part('from', from)}`
  if (where !== undefined) sql += `WHERE (${part('where', where)})\n`
  return { sql, values: bind(check, dialect, numbers, options.parameters), plainTable: PLAIN_TABLE.test(from) }
}

/** Checks a whole query. */
export function sqlSource(
  check: OptionCheck,
  dialect: ReadDialect,
  sql: string,
  parameters: QueryParameters | undefined,
): QuerySource {
  const numbers = new ParameterNumbers(dialect.syntax)
  const rendered = numbers.render(parseSql(check, 'sql', check.text('sql', sql), dialect.syntax))
  return { sql: `${rendered}\n`, values: bind(check, dialect, numbers, parameters), plainTable: false }
}

function bind(
  check: OptionCheck,
  dialect: ReadDialect,
  numbers: ParameterNumbers,
  parameters: QueryParameters | undefined,
): readonly SqlValue[] {
  if (parameters !== undefined && (typeof parameters !== 'object' || parameters === null)) {
    check.fail('parameters', parameters, 'an object of names and values')
  }
  return orderParameters(check, numbers.names, parameters ?? {}).map((value) => dialect.parameter(value))
}
