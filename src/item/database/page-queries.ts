import { withConnection } from '../../sql/sql-connection.js'
import type { SqlConnection, SqlDatabase } from '../../sql/sql-connection.js'
import { Bag, type Member } from '../../support/bag.js'
import { retryTransient } from '../../sql/retry-transient.js'
import type { Clock } from '../../support/clock.js'
import type { Logger } from '../../support/logger.js'

const PATIENCE = 5_000

/** What queries need of the step's context. */
export interface QueryContext {
  readonly signal: AbortSignal
  readonly logger: Logger
}

/** A query that has begun. */
interface UnderWay extends Member {
  readonly ended: Promise<unknown>
  connection: SqlConnection | undefined
}

/**
 * Runs a reader's queries, each on a connection that is taken for it and given back, and tries those again that fail for
 * a reason that passes. `close` lets none run on.
 */
export class PageQueries {
  readonly #database: SqlDatabase
  readonly #clock: Clock
  readonly #context: QueryContext
  readonly #closing = new AbortController()
  readonly #underWay = new Bag<UnderWay>()

  constructor(database: SqlDatabase, clock: Clock, context: QueryContext) {
    this.#database = database
    this.#clock = clock
    this.#context = { logger: context.logger, signal: AbortSignal.any([context.signal, this.#closing.signal]) }
  }

  /** Runs work that changes nothing. */
  run<R>(work: (connection: SqlConnection) => Promise<R>): Promise<R> {
    const answer = retryTransient(
      { clock: this.#clock, ...this.#context, what: 'reading a page', maxAttempts: 3 },
      () =>
        withConnection(this.#database, (connection) => {
          query.connection = connection
          return work(connection)
        }),
    )
    const query: UnderWay = { place: -1, ended: answer, connection: undefined }
    this.#underWay.add(query)
    return answer.finally(() => this.#underWay.delete(query))
  }

  /** Waits for what is under way, a few seconds; then closes its connection. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the reader was closed'))
    if (this.#underWay.size === 0) return
    const timer = this.#clock.after(PATIENCE, () => {
      for (const { connection } of this.#underWay.members) connection?.destroy()
    })
    await Promise.allSettled(this.#underWay.members.map(({ ended }) => ended))
    timer.cancel()
  }
}
