import { BatchError } from '../../domain/batch-error.js'
import type { Execute } from '../read-dialect.js'
import type { SqlRow } from '../sql-connection.js'

/** A table of MySQL keeps what a transaction has written that is rolled back: its engine has no transactions. */
export class NonTransactionalTableError extends BatchError {
  static readonly code = 'BATCH_NON_TRANSACTIONAL_TABLE'
  /** With its schema. Of a view, the table it stands on. */
  readonly table: string
  /** As the server calls it: `MyISAM`, `Aria`, `MEMORY`. */
  readonly engine: string

  constructor(owner: string, { table, engine }: NonTransactionalTable) {
    super(
      `${owner} cannot use table ${table}: its engine ${engine} has no transactions, so that a chunk that is rolled back ` +
        `would leave what it wrote. Run ALTER TABLE ${table} ENGINE=InnoDB`,
    )
    this.table = table
    this.engine = engine
  }
}

/** A table whose engine has no transactions. */
export type NonTransactionalTable = Pick<NonTransactionalTableError, 'table' | 'engine'>

/** What a table is. */
export interface TableKind {
  readonly type: 'table' | 'view' | 'other'
  /** The table, or of a view one it stands on, that has no transactions. */
  readonly nonTransactional: NonTransactionalTable | undefined
}

// With constants, so that the server opens no other table. An engine that nobody knows is believed.
const KIND = `
SELECT T.TABLE_TYPE, T.ENGINE, COALESCE(E.TRANSACTIONS, 'NO') = 'YES' OR E.ENGINE IS NULL
FROM information_schema.TABLES T LEFT JOIN information_schema.ENGINES E ON E.ENGINE = T.ENGINE
WHERE T.TABLE_SCHEMA = ? AND T.TABLE_NAME = ?`
const VIEW = 'SELECT VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?'
const TEXTS = /'(?:[^'\\]|''|\\.)*'/gs
/** `schema`.`table`, also where a column follows; of `alias`.`column` only those that are not selected. */
const NAMES = /`((?:[^`]|``)+)`\.`((?:[^`]|``)+)`(?! AS )/g

/**
 * Looks a table or view up by its exact names; `undefined` when it is not there. A view stands on all tables that its
 * definition names; without the right to see the definition (SHOW VIEW) it is believed.
 */
export async function readTableKind(execute: Execute, schema: string, name: string): Promise<TableKind | undefined> {
  const ask = async (text: string): Promise<SqlRow | undefined> =>
    (await execute({ text, values: [schema, name] })).rows[0]
  const row = await ask(KIND)
  if (row === undefined) return undefined
  const [type, engine, isSafe] = row
  if (type === 'VIEW') {
    const definition = (await ask(VIEW))?.[0] ?? ''
    return { type: 'view', nonTransactional: await firstNonTransactional(execute, tablesIn(definition)) }
  }
  const nonTransactional = isSafe === '0' ? { table: `${schema}.${name}`, engine: engine ?? '' } : undefined
  return { type: type === 'BASE TABLE' ? 'table' : 'other', nonTransactional }
}

/** The first of these tables and views that has no transactions. What is not there is passed over. */
export async function firstNonTransactional(
  execute: Execute,
  tables: readonly (readonly [schema: string, name: string])[],
): Promise<NonTransactionalTable | undefined> {
  for (const [schema, name] of tables) {
    const found = (await readTableKind(execute, schema, name))?.nonTransactional
    if (found !== undefined) return found
  }
  return undefined
}

/** The tables that a view's definition may name: the server writes all names quoted, and tables with their schema. */
function tablesIn(definition: string): readonly (readonly [string, string])[] {
  const names = [...definition.replaceAll(TEXTS, "''").matchAll(NAMES)]
  const unquoted = (name = ''): string => name.replaceAll('``', '`')
  const distinct = new Map(names.map(([text, schema, name]) => [text, [unquoted(schema), unquoted(name)] as const]))
  return [...distinct.values()]
}
