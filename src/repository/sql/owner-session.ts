import { randomBytes } from 'node:crypto'
import type { SqlConnection, SqlResult } from '../../sql/sql-connection.js'
import { sql, sqlName, type SqlText, toStatement } from '../../sql/sql-text.js'
import { systemClock } from '../../support/clock.js'
import { Mutex } from '../../support/mutex.js'
import type { HeldExecution, OwnerRequest, OwnerSession } from '../lease.js'
import { sessionLabel } from '../owner-labels.js'
import { UnknownOwnerError } from '../repository-errors.js'
import { readHeld, selectHeld } from './lease-queries.js'
import { RowReader } from './row-reader.js'
import type { SqlStore } from './sql-store.js'
import { repositoryError, transact } from './sql-work.js'

interface Session {
  readonly connection: SqlConnection
  readonly key: bigint
}

/** An owner with a connection of its own, whose session lock shows it alive. */
export class SqlOwnerSession implements OwnerSession {
  readonly #store: SqlStore
  readonly #request: OwnerRequest
  readonly #mutex = new Mutex()
  #session: Session | undefined
  #sessionLock = false
  #closed = false

  constructor(store: SqlStore, request: OwnerRequest) {
    this.#store = store
    this.#request = request
  }

  get ownerId(): string {
    return this.#request.ownerId
  }

  get sessionLock(): boolean {
    return this.#sessionLock
  }

  renew(): Promise<void> {
    return this.#mutex.run(async () => {
      if (this.#closed) return
      try {
        this.#session ??= await this.#open()
        await this.#renew(this.#session)
      } catch (error) {
        throw repositoryError(error)
      }
    })
  }

  held(): Promise<readonly HeldExecution[]> {
    return this.#mutex.run(async () => {
      if (this.#closed) throw new UnknownOwnerError(this.ownerId)
      try {
        if (this.#session === undefined) {
          this.#session = await this.#open()
          // Not before its lock is known may the new session be looked at.
          await this.#renew(this.#session)
        }
        const [result] = await this.#run(this.#session, [selectHeld(this.#store, this.ownerId)])
        return (result?.rows ?? []).map((row) => readHeld(new RowReader(row)))
      } catch (error) {
        throw repositoryError(error)
      }
    })
  }

  close(): Promise<void> {
    return this.#mutex.run(async () => {
      if (this.#closed) return
      this.#closed = true
      await this.#closeSession()
      await this.#endRegistration()
    })
  }

  /** A key of its own for each session: the server may believe an older one alive for long. */
  async #open(): Promise<Session> {
    const session = { connection: await this.#store.database.connect(), key: randomBytes(8).readBigInt64BE() }
    try {
      await this.#run(session, this.#store.sessions.open(session.key, sessionLabel(this.ownerId)))
    } catch (error) {
      session.connection.destroy()
      throw error
    }
    session.connection.onLost(() => this.#lose(session))
    return session
  }

  #lose(session: Session): void {
    session.connection.destroy()
    if (this.#session !== session) return
    this.#session = undefined
    if (!this.#closed) this.#request.onSessionLost()
  }

  /**
   * The lock's key is written only if this very session holds the lock: behind a pooler that deals out sessions anew, it
   * does not, and then the lease alone decides.
   */
  async #renew(session: Session): Promise<void> {
    const { tables, dialect, sessions } = this.#store
    const expiry = dialect.plusMilliseconds(dialect.now, this.#request.leaseDuration)
    const results = await this.#run(session, [
      // For the first time, and after the row was removed because it was not renewed for long.
      dialect.orIgnore(
        sql`INSERT INTO ${tables.owner} (OWNER_ID, STARTED_AT, RENEWED_AT, EXPIRES_AT)
        VALUES (${this.ownerId}, ${dialect.now}, ${dialect.now}, ${expiry})`,
        sqlName('OWNER_ID'),
      ),
      sql`UPDATE ${tables.owner} SET RENEWED_AT = ${dialect.now}, EXPIRES_AT = ${expiry},
          LOCK_KEY = ${sessions.heldKey(session.key)}
        WHERE OWNER_ID = ${this.ownerId}`,
      sql`SELECT LOCK_KEY FROM ${tables.owner} WHERE OWNER_ID = ${this.ownerId}`,
    ])
    const key = results[2]?.rows[0]?.[0]
    this.#sessionLock = key === String(session.key)
  }

  /** A session that does not answer in time is given up: its lock would keep a cut-off owner alive. */
  async #run({ connection }: Session, texts: readonly SqlText[]): Promise<readonly SqlResult[]> {
    const statements = texts.map((text) => toStatement(text, this.#store.dialect.placeholder))
    const patience = Math.max(this.#request.leaseDuration / 2, 1000)
    const timer = systemClock.after(patience, () => connection.destroy())
    try {
      return await connection.run(statements)
    } finally {
      timer.cancel()
    }
  }

  async #closeSession(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    if (session === undefined) return
    try {
      await this.#run(session, this.#store.sessions.close(session.key, sessionLabel(this.ownerId)))
      session.connection.release()
    } catch {
      // Closing the connection frees the lock as well.
      session.connection.destroy()
    }
  }

  async #endRegistration(): Promise<void> {
    const { tables, dialect } = this.#store
    const own = sql`OWNER_ID = ${this.ownerId}`
    await transact(this.#store, this.ownerId, (work) => {
      work.queue(sql`SELECT 1 FROM ${tables.owner} WHERE ${own} ${dialect.forUpdate}`)
      work.queue(sql`DELETE FROM ${tables.owner}
        WHERE ${own} AND NOT EXISTS (SELECT 1 FROM ${tables.lease} WHERE ${own})`)
      work.queue(sql`UPDATE ${tables.owner} SET EXPIRES_AT = ${dialect.now} WHERE ${own}`)
    })
  }
}
