import type { ChooseDecoder, ItemRow } from './row-decoder.js'
import type { SqlSyntax } from './split-sql.js'
import type { SqlConnection, SqlField, SqlResult, SqlStatement, SqlValue } from './sql-connection.js'

/** Runs a statement and gives its answer as text. */
export type Execute = (statement: SqlStatement) => Promise<SqlResult>

/** Binds a text in a statement that is being written, and gives its placeholder. */
export type Bind = (text: string) => string

/** A column by which rows are read in order, and the text by which its values are kept as a place. */
export interface KeyColumn {
  /** Whether equal texts and only those are equal in the database, so that ties are seen without asking it. */
  readonly exactText: boolean
  /** Whether it is a table's column that is declared NOT NULL. */
  readonly notNull: boolean
  /** Why no place can be kept by it, if so. */
  readonly unfit?: string | undefined
  /** SQL for the text of the column's value, where what comes for the column itself is not that text. */
  readonly text?: (column: string) => string
  /** SQL for the value that a text is of. */
  readonly value: (text: string, bind: Bind) => string
  /** SQL for what is compared with {@link value}, where it is not the column. */
  readonly compared?: (column: string) => string
  /** SQL for a value that no value behind (`asc`) or before (`desc`) the text's is beyond, if it is not {@link value}. */
  readonly bound?: (text: string, bind: Bind, direction: 'asc' | 'desc') => string
  /** The text in a form that does not depend on the session. */
  readonly stable?: (text: string) => string
}

/** What is known of the columns by which rows are read in order. */
export interface KeyColumns {
  readonly columns: readonly KeyColumn[]
  /** A setting of the session under which the texts of these keys lose something, as `name = value`, and what to do. */
  readonly lossy: { readonly setting: string; readonly remedy: string } | undefined
}

/** Rows that are to be items. */
export interface ReadRows {
  readonly fields: readonly SqlField[]
  readonly rows: readonly ItemRow[]
}

/** Which columns come as text for a declared type; `undefined` when none does. */
export type AsText = ((column: string) => boolean) | undefined

/** How a database is read for items. */
export interface ReadDialect {
  readonly syntax: SqlSyntax
  /** A name as SQL quotes it. */
  quote(name: string): string
  /** A developer's value, to be bound. */
  parameter(value: unknown): SqlValue
  /** Whether an index serves `(a, b) > (x, y)`. */
  readonly comparesRows: boolean
  /** What is known of key columns, given as a result has them. */
  keyColumns(execute: Execute, fields: readonly SqlField[]): Promise<KeyColumns>
  /** SQL for the server's text of a column, where that is cheaper than {@link read} with `asText`. */
  readonly textOf?: (field: SqlField) => ((column: string) => string) | undefined
  /**
   * Runs a query whose rows are to be items. The columns for which `asText` says so, and those whose name begins with
   * {@link HIDDEN}, come as the server's text.
   */
  read(connection: SqlConnection, statement: SqlStatement, asText: AsText): Promise<ReadRows>
  /** What makes values of the columns of a result that came over the driver's connection `client`. */
  decoders(client: unknown): ChooseDecoder
}

/** What the names of columns begin with that a reader asks for besides the developer's. */
export const HIDDEN = 'chunkwise_'
