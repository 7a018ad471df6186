import { SchemaError } from '../../domain/ownership-errors.js'
import type { Dialect } from '../../sql/dialect.js'
import type { SqlResult, SqlRow } from '../../sql/sql-connection.js'
import { SqlError } from '../../sql/sql-error.js'
import { type SqlText, toStatement } from '../../sql/sql-text.js'
import { sleep, systemClock } from '../../support/clock.js'
import { SqlTransaction } from '../../transaction/sql-transaction.js'
import { CommitOutcomeUnknownError } from '../../transaction/transaction-errors.js'
import { transactionLabel } from '../owner-labels.js'
import type { SqlStore } from './sql-store.js'

/** For what no owner does: nothing of it is in the way of a takeover for longer than a statement. */
export const NO_OWNER = undefined

/** What is done in a transaction. */
type Work<T> = (work: SqlWork) => T | Promise<T>

/** How a transaction begins, and whose it is. */
interface Beginning {
  readonly begin: readonly SqlText[]
  readonly ownerId: string | undefined
}

/** The answer to a queued statement; it is there when the transaction has ended, or with the next awaited statement. */
export class Answer {
  #result: SqlResult | undefined

  get rows(): readonly SqlRow[] {
    return this.#result?.rows ?? []
  }

  get rowCount(): number {
    return this.#result?.rowCount ?? 0
  }

  set(result: SqlResult): void {
    this.#result = result
  }
}

/** A transaction of the repository's own. What is queued travels together, the last of it with the COMMIT. */
export class SqlWork {
  readonly #transaction: SqlTransaction
  readonly #dialect: Dialect

  constructor(transaction: SqlTransaction, dialect: Dialect) {
    this.#transaction = transaction
    this.#dialect = dialect
  }

  /** Queues a statement. */
  queue(text: SqlText): Answer {
    const answer = new Answer()
    this.#transaction.queue(toStatement(text, this.#dialect.placeholder), (result) => answer.set(result))
    return answer
  }

  /** Queues a statement that must find a row: if not, the transaction fails with `orElse`. */
  require(text: SqlText, orElse: (cause: SqlError) => Error): void {
    this.#transaction.queue(this.#dialect.requireRow(text), undefined, (error) =>
      this.#dialect.isMissingRow(error) ? orElse(error) : error,
    )
  }

  /** Sends what is queued and this query, and resolves with its rows. */
  async rows(text: SqlText): Promise<readonly SqlRow[]> {
    return (await this.#transaction.execute(toStatement(text, this.#dialect.placeholder))).rows
  }

  /** Sends what is queued. */
  flush(): Promise<void> {
    return this.#transaction.flush()
  }
}

/**
 * Runs `work` in a transaction; without an awaited query in it, all of it is one round trip. A transaction that the
 * database has ended so that another may go on is done again, `work` too. A takeover of the owner ends it for good, so that a
 * process that is frozen in the middle of it keeps nobody waiting.
 */
export function transact<T>(store: SqlStore, ownerId: string | undefined, work: Work<T>): Promise<T> {
  return runWork(store, { begin: store.dialect.begin, ownerId }, work)
}

/** Runs queries that see one moment's state. */
export function readSnapshot<T>(store: SqlStore, work: Work<T>): Promise<T> {
  return readWork(store, { begin: store.dialect.beginSnapshot, ownerId: NO_OWNER }, work)
}

/** Runs what locks rows to read them, and leaves nothing changed. A takeover ends it as {@link transact} says. */
export function readLocked<T>(store: SqlStore, ownerId: string | undefined, work: Work<T>): Promise<T> {
  return readWork(store, { begin: store.dialect.begin, ownerId }, work)
}

/** So often in a row is a connection lost only when it is no accident. */
const ATTEMPTS = 3

/** Runs `write`; if it cannot be known whether it committed, `read` tells, and what was not done is done again. */
export async function untilKnown<T>(write: () => Promise<T>, read: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof CommitOutcomeUnknownError) || attempt === ATTEMPTS) throw error
    }
    const done = await read()
    if (done !== undefined) return done
  }
}

/** What an error means to those who use the repository. */
export function repositoryError(error: unknown): unknown {
  if (!(error instanceof SqlError) || error.kind !== 'undefined-table') return error
  return new SchemaError(
    `the repository's tables are not in the database (${error.message}): call repository.initializeSchema()`,
    { cause: error },
  )
}

/** Whether its COMMIT was done matters to nobody: a connection that is lost then is lost, and the work may be done again. */
async function readWork<T>(store: SqlStore, beginning: Beginning, work: Work<T>): Promise<T> {
  try {
    return await runWork(store, beginning, work)
  } catch (error) {
    throw error instanceof CommitOutcomeUnknownError ? error.cause : error
  }
}

/** How often, and after how many milliseconds more each time, a transaction is tried that others deadlock with. */
const VICTIM_ATTEMPTS = 10
const VICTIM_DELAY = 5

async function runWork<T>(store: SqlStore, beginning: Beginning, work: Work<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(store, beginning, work)
    } catch (error) {
      const isVictim = error instanceof SqlError && (error.kind === 'deadlock' || error.kind === 'serialization')
      if (!isVictim || attempt === VICTIM_ATTEMPTS) throw error
    }
    await sleep(systemClock, VICTIM_DELAY * attempt)
  }
}

async function runOnce<T>(store: SqlStore, { begin, ownerId }: Beginning, work: Work<T>): Promise<T> {
  const { database, dialect } = store
  const connection = await database.connect()
  const beginning = begin.map((text) => toStatement(text, dialect.placeholder))
  const name = ownerId === undefined ? [] : connection.showName(transactionLabel(ownerId))
  const transaction = new SqlTransaction(connection, [...beginning, ...name], database.pool)
  try {
    const result = await work(new SqlWork(transaction, dialect))
    await transaction.commit()
    return result
  } catch (error) {
    await transaction.rollback()
    throw repositoryError(error)
  }
}
