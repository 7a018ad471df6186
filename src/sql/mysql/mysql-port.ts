/**
 * The few members of `mysql2/promise` that Chunkwise needs, stated by shape: its `Pool` of any version from 3.6 is one,
 * and this package has no import of it.
 */
export interface MysqlPool {
  getConnection(): Promise<MysqlPoolConnection>
  /** The pool of callbacks inside, which says its size: `pool.config.connectionLimit`. */
  readonly pool?: unknown
}

/** A connection of the pool. */
export interface MysqlPoolConnection {
  /** The connection of callbacks inside: a {@link MysqlCore}, though the driver's types say something else. */
  readonly connection: unknown
  release(): void
  destroy(): void
}

/** The connection of callbacks inside a connection of promises. */
export function coreOf(client: MysqlPoolConnection): MysqlCore {
  return client.connection as MysqlCore
}

/** What the driver does on the wire. */
export interface MysqlCore {
  query(options: MysqlQuery, done: MysqlDone): unknown
  execute(options: MysqlQuery, done?: MysqlDone): unknown
  /** Closes the statement that was prepared for a query, if there is one. */
  unprepare?(options: MysqlQuery): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  /** The socket. */
  readonly stream?: { readonly writable?: boolean; destroy?(): unknown } | undefined
  /** What the host has configured. */
  readonly config?: MysqlConfig | undefined
  /** Every command goes through here, whoever sends it. */
  addCommand?: (command: MysqlCommand) => MysqlCommand
}

/** The options of the host's pool that say how values are made. */
export interface MysqlConfig {
  readonly typeCast?: unknown
  readonly timezone?: string | undefined
  readonly supportBigNumbers?: boolean | undefined
  readonly bigNumberStrings?: boolean | undefined
}

/** Makes a value of a column: `next` gives what the driver would. */
export type MysqlTypeCast = (field: MysqlTypeCastField, next: () => unknown) => unknown

/** A value on its way to a type cast. */
export interface MysqlTypeCastField {
  readonly name: string
  readonly type: string
  string(encoding?: string): string | null
}

/** One statement, and how its answer is to be given. */
export interface MysqlQuery {
  readonly sql: string
  readonly values?: readonly unknown[]
  readonly rowsAsArray?: boolean
  readonly supportBigNumbers?: boolean
  readonly bigNumberStrings?: boolean
  readonly dateStrings?: boolean
  readonly nestTables?: boolean
  readonly typeCast?: MysqlTypeCast
  /** The rows of a LOAD DATA LOCAL INFILE. */
  readonly infileStreamFactory?: () => unknown
}

/** A statement that was sent without a callback: its rows are a stream. */
export interface MysqlStreaming {
  stream(options: { readonly highWaterMark: number }): MysqlRowStream
}

/** A stream of rows: pauses the connection when it is full. */
export interface MysqlRowStream {
  /** The next row, or `null` when there is none now. */
  read(): unknown
  on(event: 'fields' | 'readable' | 'end' | 'error', listener: (argument?: unknown) => void): unknown
}

/** Called once with the error, or with rows or a header, and the columns. */
export type MysqlDone = (error: unknown, result: unknown, fields: readonly MysqlField[] | undefined) => void

/** A command under way: ends with its error, if it has one. */
export interface MysqlCommand {
  readonly sql?: unknown
  once?(event: 'end', listener: (error?: unknown) => void): unknown
  onResult?: ((error: unknown, ...rest: unknown[]) => void) | undefined
}

/** A column of a result. */
export interface MysqlField {
  readonly name: string
  readonly columnType?: number | undefined
  readonly flags?: number | undefined
  readonly decimals?: number | undefined
  readonly characterSet?: number | undefined
  readonly extendedFormat?: string | undefined
}

/** The answer to a statement that gives no rows. */
export interface MysqlHeader {
  readonly affectedRows?: number | undefined
}
