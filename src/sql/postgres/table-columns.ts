import type { SqlResult, SqlRow, SqlStatement } from '../sql-connection.js'

/** A column of a table, as far as writing to it needs to know. */
export interface TableColumn {
  readonly name: string
  /** The type's number; of a domain, that of the type below it. */
  readonly typeId: number
  /** The type as SQL writes it, without length: a cast to it never cuts. */
  readonly type: string
  /** Whether the type is an array, or has none: its values travel as text. */
  readonly asText: boolean
  /** Whether equal texts and only those are equal in the database. */
  readonly exactText: boolean
  /** Its collation, quoted, if that calls different texts equal. */
  readonly collation: string | undefined
}

// A domain may stand on a domain. to_regclass follows the search_path, as the statement to come does.
const COLUMNS = `
WITH RECURSIVE base (attnum, typid) AS (
  SELECT attnum, atttypid FROM pg_catalog.pg_attribute
  WHERE attrelid = pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT b.attnum, t.typbasetype FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typid AND t.typtype = 'd'
)
SELECT a.attname, t.oid, pg_catalog.format_type(t.oid, -1), t.typcategory = 'A' OR t.typarray = 0,
  CASE WHEN NOT c.collisdeterministic THEN pg_catalog.format('%I.%I', n.nspname, c.collname) END
FROM base b
JOIN pg_catalog.pg_type t ON t.oid = b.typid AND t.typtype <> 'd'
JOIN pg_catalog.pg_attribute a ON a.attrelid = pg_catalog.to_regclass($1) AND a.attnum = b.attnum
LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
ORDER BY a.attnum`

/** Types of which equal values have equal texts: integers, text, dates and times of day, uuid, bytes, boolean. */
export const EXACT_TEXT_TYPES: ReadonlySet<number> = new Set([16, 17, 19, 20, 21, 23, 25, 26, 1043, 1082, 1083, 2950])

/**
 * The columns of a table or view by name; empty when there is none of that name. `table` is quoted SQL.
 */
export async function readTableColumns(
  execute: (statement: SqlStatement) => Promise<SqlResult>,
  table: string,
): Promise<ReadonlyMap<string, TableColumn>> {
  const { rows } = await execute({ text: COLUMNS, values: [table] })
  return new Map(rows.map((row) => [row[0] as string, toColumn(row)]))
}

/** The names of the tables and views that a statement could mean, for "did you mean". */
export async function readTableNames(
  execute: (statement: SqlStatement) => Promise<SqlResult>,
  schema: string | undefined,
): Promise<readonly string[]> {
  const text = `SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'f')
  AND CASE WHEN $1::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $1 END`
  const { rows } = await execute({ text, values: [schema ?? null] })
  return rows.map(([name]) => name as string)
}

function toColumn(row: SqlRow): TableColumn {
  const typeId = Number(row[1])
  return {
    name: row[0] as string,
    typeId,
    type: row[2] as string,
    asText: row[3] === 't',
    exactText: row[4] === null && EXACT_TEXT_TYPES.has(typeId),
    collation: row[4] ?? undefined,
  }
}
