import type { SqlErrorInfo } from './sql-error.js'

/** A value bound to a placeholder, in the text form of its type or as bytes. Values never become SQL text. */
export type SqlValue = string | number | bigint | boolean | null | Uint8Array

/** One statement with its bound values. */
export interface SqlStatement {
  readonly text: string
  readonly values?: readonly SqlValue[]
  /** Values as the driver itself binds them (MySQL), sent instead of `values`. */
  readonly bound?: readonly unknown[]
  /** The rows of a `COPY … FROM STDIN` (PostgreSQL), in its text format; they are sent with it. */
  readonly copyData?: readonly Uint8Array[]
  /** Makes the stream of a `LOAD DATA LOCAL INFILE` (MySQL). */
  readonly infile?: () => unknown
  /** The batch fails here, as `Dialect.isMissingRow` says, when the statement finds no row. Only where the dialect says so. */
  readonly mustFindRow?: boolean
  /** Told when the server has done it, whatever becomes of what is sent behind it (MySQL). */
  readonly answered?: () => void
}

/** A column of a result. `typeId` is the driver's number for its type. */
export interface SqlField {
  readonly name: string
  readonly typeId: number
  /** The table's and the column's number in the catalog where the value is a column's, else 0 or undefined. */
  readonly tableId?: number
  readonly columnId?: number
  /** What MySQL says besides: flags, decimals, character set, and MariaDB's name of a format (`json`). */
  readonly flags?: number | undefined
  readonly decimals?: number | undefined
  readonly charset?: number | undefined
  readonly format?: string | undefined
}

/** A row as the server sent it: the text of each column, in the order of the fields. */
export type SqlRow = readonly (string | null)[]

/** The answer to one statement. */
export interface SqlResult {
  readonly fields: readonly SqlField[]
  readonly rows: readonly SqlRow[]
  /** Rows returned, inserted, updated or deleted. */
  readonly rowCount: number
  /** The command the server says it has done: `COMMIT`, `ROLLBACK`, `INSERT`, … */
  readonly command: string
}

/** A connection taken out of the host's pool. */
export interface SqlConnection {
  readonly database: 'PostgreSQL' | 'MySQL'
  /** The driver's own connection. */
  readonly client: unknown
  /**
   * Sends the statements together and resolves with all answers. The first that fails ends the batch: later ones are
   * not executed; rejects with the driver's error as an `SqlError` whose `statementIndex` says which one it was.
   */
  run(statements: readonly SqlStatement[]): Promise<readonly SqlResult[]>
  /**
   * The same for statements that user code's own must come behind: all are in the driver's hands when this returns. Left
   * out where {@link run} does so. Where the protocol has no pipeline, what follows one that fails is executed.
   */
  runAhead?(statements: readonly SqlStatement[]): Promise<readonly SqlResult[]>
  /**
   * What names the session `name`, sent behind the BEGIN of a transaction: by it the sessions of an owner that has died are
   * found. The name ends with the transaction (PostgreSQL), or stays until another one is given (MySQL).
   */
  showName(name: string): readonly SqlStatement[]
  /** Gives the connection back to the pool. It must be idle and outside a transaction. */
  release(): void
  /** Closes the connection, which rolls back what it had open. It never returns to the pool. */
  destroy(): void
  /**
   * The first error that the database has answered since the last rollback, whoever sent the statement. Asked for only
   * when the database refuses a transaction; `undefined` where the driver does not tell.
   */
  readonly firstError?: unknown
  /**
   * Where the database does not hold an error against the transaction: the first one since the last rollback. It must
   * not commit then.
   */
  readonly swallowed?: unknown
  /** What is sent before user code gets the driver's connection, where a statement of its could end the transaction. */
  readonly guard?: readonly SqlStatement[]
  /** Fails when the transaction is not the one that was guarded any more. */
  readonly guardCheck?: SqlStatement
  /** What an error of the driver means; what is not from the database is `'other'`. */
  classify?(error: unknown): SqlErrorInfo
  /** Calls `listener` once if the connection breaks while it is out of the pool. */
  onLost(listener: (error: Error) => void): void
}

/** The door to one database, over the pool that the host handed in. */
export interface SqlDatabase {
  /** The host's pool. */
  readonly pool: object
  /** The size of the pool, if it says. */
  readonly maxConnections: number | undefined
  /** Takes a connection out of the pool. */
  connect(): Promise<SqlConnection>
}

/** Takes a connection, runs `work`, and gives the connection back; a connection that was lost is destroyed. */
export async function withConnection<T>(
  database: SqlDatabase,
  work: (connection: SqlConnection) => Promise<T>,
): Promise<T> {
  const connection = await database.connect()
  let lost = false
  connection.onLost(() => (lost = true))
  try {
    return await work(connection)
  } finally {
    if (lost) connection.destroy()
    else connection.release()
  }
}
