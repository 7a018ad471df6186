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
  execute(options: MysqlQuery, done: MysqlDone): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  /** Every command goes through here, whoever sends it. */
  addCommand?: (command: MysqlCommand) => MysqlCommand
}

/** One statement, and how its answer is to be given. */
export interface MysqlQuery {
  readonly sql: string
  readonly values?: readonly unknown[]
  readonly rowsAsArray?: boolean
  readonly supportBigNumbers?: boolean
  readonly bigNumberStrings?: boolean
  readonly dateStrings?: boolean
  /** The rows of a LOAD DATA LOCAL INFILE. */
  readonly infileStreamFactory?: () => unknown
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
}

/** The answer to a statement that gives no rows. */
export interface MysqlHeader {
  readonly affectedRows?: number | undefined
}
