import type { Execute } from '../read-dialect.js'
import type { SqlRow } from '../sql-connection.js'
import { type NonTransactionalTable, readTableKind } from './table-engine.js'

/** A column of a table, as far as writing to it needs to know. */
export interface TableColumn {
  readonly name: string
  /** As the catalog names the type, in lower case: `bigint`, `varchar`, `datetime`. */
  readonly type: string
  readonly unsigned: boolean
  /** Digits behind the point of a DECIMAL; bits of a BIT. */
  readonly scale: number
  /** Whether it takes JSON only; a column of MariaDB that is called JSON is a text that is checked. */
  readonly isJson: boolean
}

/** A table, as far as writing to it needs to know. */
export interface Table {
  readonly columns: readonly TableColumn[]
  /** The columns of each unique key; `undefined` for a view, which does not say. */
  readonly uniqueKeys: readonly (readonly string[])[] | undefined
  /** The most bytes that the server takes in one packet. */
  readonly maxPacket: number
  /** The table, or of a view one it stands on, that keeps what was rolled back. */
  readonly nonTransactional: NonTransactionalTable | undefined
}

const SERVER = 'SELECT DATABASE(), @@max_allowed_packet, VERSION()'

// Each with its constants, so that the server opens no other table.
const COLUMNS = `
SELECT TABLE_NAME, COLUMN_NAME, LOWER(DATA_TYPE), LOWER(COLUMN_TYPE), COALESCE(NUMERIC_SCALE, 0)
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`
const UNIQUE = `
SELECT INDEX_NAME, COLUMN_NAME, SUB_PART
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0
ORDER BY INDEX_NAME, SEQ_IN_INDEX`
/** MariaDB only: MySQL's table has other columns. */
const CHECKS =
  'SELECT CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? AND TABLE_NAME = ?'

/** What the catalog says of a table or view, or `undefined` when there is none of that name. */
export async function readTable(
  execute: Execute,
  schema: string | undefined,
  name: string,
): Promise<Table | undefined> {
  const server = (await execute({ text: SERVER })).rows[0] as SqlRow
  const inSchema = schema ?? server[0] ?? ''
  const found = await execute({ text: COLUMNS, values: [inSchema, name] })
  // Some servers look names up without regard to case.
  const exact = found.rows.filter((row) => row[0] === name)
  const rows = exact.length > 0 ? exact : found.rows
  const [first] = rows
  if (first === undefined) return undefined
  const values = [inSchema, first[0] as string]
  const ask = async (text: string): Promise<readonly SqlRow[]> => (await execute({ text, values })).rows
  const kind = await readTableKind(execute, inSchema, first[0] as string)
  const keys = kind?.type === 'table' ? uniqueKeys(await ask(UNIQUE)) : undefined
  const isMariadb = server[2]?.includes('MariaDB') === true && rows.some((row) => row[2] === 'longtext')
  const checks = isMariadb ? (await ask(CHECKS)).map(([clause]) => clause) : []
  return {
    columns: rows.map((row) => toColumn(row, checks)),
    uniqueKeys: keys,
    maxPacket: Number(server[1]),
    nonTransactional: kind?.nonTransactional,
  }
}

/** The names of the tables and views of a schema, for "did you mean". */
export async function readTableNames(execute: Execute, schema: string | undefined): Promise<readonly string[]> {
  const text = 'SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = COALESCE(?, DATABASE())'
  const { rows } = await execute({ text, values: [schema ?? null] })
  return rows.map(([name]) => name as string)
}

function toColumn(row: SqlRow, checks: readonly (string | null | undefined)[]): TableColumn {
  const [, name, type, full, scale] = row as readonly [string, string, string, string, string]
  const bits = /^bit\((\d+)\)/.exec(full)?.[1]
  return {
    name,
    type,
    unsigned: full.includes('unsigned'),
    scale: Number(bits ?? scale),
    isJson: type === 'json' || checks.includes(`json_valid(\`${name}\`)`),
  }
}

function uniqueKeys(rows: readonly SqlRow[]): readonly (readonly string[])[] {
  const keys = new Map<string, string[]>()
  const partial = new Set<string>()
  for (const [index, column, part] of rows as readonly (readonly [string, string | null, string | null])[]) {
    keys.set(index, [...(keys.get(index) ?? []), column ?? ''])
    // Of an expression, or of the beginning of a text.
    if (column === null || part !== null) partial.add(index)
  }
  return [...keys].filter(([index]) => !partial.has(index)).map(([, columns]) => columns)
}
