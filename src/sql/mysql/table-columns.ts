import type { SqlResult, SqlRow, SqlStatement } from '../sql-connection.js'

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
}

// Only MariaDB executes what stands in /*M! */.
const COLUMNS = `
SELECT c.TABLE_NAME, c.COLUMN_NAME, LOWER(c.DATA_TYPE), LOWER(c.COLUMN_TYPE), t.TABLE_TYPE, @@max_allowed_packet,
  COALESCE(c.NUMERIC_SCALE, 0), CASE WHEN c.DATA_TYPE = 'json' /*M! OR EXISTS (
    SELECT 1 FROM information_schema.CHECK_CONSTRAINTS k
    WHERE k.CONSTRAINT_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME
      AND k.CHECK_CLAUSE = CONCAT('json_valid(\`', c.COLUMN_NAME, '\`)')
  ) */ THEN 1 ELSE 0 END
FROM information_schema.COLUMNS c
JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
WHERE c.TABLE_SCHEMA = COALESCE(?, DATABASE()) AND c.TABLE_NAME = ?
ORDER BY c.ORDINAL_POSITION`

const UNIQUE = `
SELECT INDEX_NAME, COLUMN_NAME, SUB_PART
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? AND NON_UNIQUE = 0
ORDER BY INDEX_NAME, SEQ_IN_INDEX`

type Execute = (statement: SqlStatement) => Promise<SqlResult>

/** What the catalog says of a table or view, or `undefined` when there is none of that name. */
export async function readTable(
  execute: Execute,
  schema: string | undefined,
  name: string,
): Promise<Table | undefined> {
  const found = await execute({ text: COLUMNS, values: [schema ?? null, name] })
  // Some servers look names up without regard to case.
  const exact = found.rows.filter((row) => row[0] === name)
  const rows = exact.length > 0 ? exact : found.rows
  const [first] = rows
  if (first === undefined) return undefined
  const keys = await execute({ text: UNIQUE, values: [schema ?? null, first[0] as string] })
  return {
    columns: rows.map(toColumn),
    uniqueKeys: first[4] === 'BASE TABLE' ? uniqueKeys(keys.rows) : undefined,
    maxPacket: Number(first[5]),
  }
}

/** The names of the tables and views of a schema, for "did you mean". */
export async function readTableNames(execute: Execute, schema: string | undefined): Promise<readonly string[]> {
  const text = 'SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = COALESCE(?, DATABASE())'
  const { rows } = await execute({ text, values: [schema ?? null] })
  return rows.map(([name]) => name as string)
}

function toColumn(row: SqlRow): TableColumn {
  const type = row[2] as string
  const full = row[3] as string
  const bits = /^bit\((\d+)\)/.exec(full)?.[1]
  return {
    name: row[1] as string,
    type,
    unsigned: full.includes('unsigned'),
    scale: Number(bits ?? row[6]),
    isJson: row[7] === '1',
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
