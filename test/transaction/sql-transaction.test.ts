import type pg from 'pg'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { SqlError } from '../../src/sql/sql-error.js'
import { PostgresTransactionManager } from '../../src/transaction/postgres-transaction-manager.js'
import {
  CommitOutcomeUnknownError,
  SwallowedSqlError,
  TransactionEndedError,
} from '../../src/transaction/transaction-errors.js'
import { commitGate } from '../support/commit-gate.js'
import { freshDatabase } from '../support/databases.js'

const INSERT = { text: `INSERT INTO target VALUES ($1)`, values: ['a'] }
const FAILING = { text: 'SELECT 1 / 0' }

let pool: pg.Pool
let manager: PostgresTransactionManager

beforeAll(async () => {
  pool = (await freshDatabase()).pool({ max: 3 })
  await pool.query('create table target (name text)')
  manager = new PostgresTransactionManager({ pool })
})

beforeEach(async () => {
  await pool.query('truncate target')
})

async function count(): Promise<number> {
  return (await pool.query('select from target')).rowCount ?? -1
}

async function killOthers(): Promise<void> {
  await pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state like 'idle in transaction%'`,
  )
}

describe('a transaction on PostgreSQL', () => {
  test('what is queued is there after commit, and not before', async () => {
    const transaction = await manager.begin()
    transaction.queue(INSERT)
    expect(await count()).toBe(0)
    await transaction.commit()
    expect(await count()).toBe(1)
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('a rollback leaves nothing, and gives the connection back', async () => {
    const transaction = await manager.begin()
    await transaction.execute(INSERT)
    await transaction.rollback()
    await transaction.rollback()
    expect(await count()).toBe(0)
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('a transaction that did nothing commits without a word to the database', async () => {
    const transaction = await manager.begin()
    await transaction.commit()
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('answers of queued statements come with the statement that is awaited', async () => {
    const transaction = await manager.begin()
    const onResult = vi.fn()
    transaction.queue({ text: 'SELECT 7' }, onResult)
    expect(onResult).not.toHaveBeenCalled()
    const result = await transaction.execute({ text: 'SELECT 8' })
    expect(result.rows).toEqual([['8']])
    expect(onResult).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ rows: [['7']] }))
    await transaction.commit()
  })

  test('an error in a queued statement keeps the COMMIT behind it from being executed', async () => {
    const transaction = await manager.begin()
    transaction.queue(INSERT)
    transaction.queue(FAILING)
    await expect(transaction.commit()).rejects.toMatchObject({ sqlState: '22012' })
    expect(await count()).toBe(0)
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('the one who queued a statement says what its error means, and only of its own', async () => {
    const meaning = new Error('the row is gone')
    const first = await manager.begin()
    first.queue(INSERT)
    first.queue(FAILING, undefined, () => meaning)
    await expect(first.commit()).rejects.toBe(meaning)
    const second = await manager.begin()
    second.queue(FAILING)
    second.queue(INSERT, undefined, () => meaning)
    await expect(second.commit()).rejects.toThrow(SqlError)
  })

  test('the client is inside the transaction from its first use', async () => {
    const transaction = await manager.begin()
    transaction.queue(INSERT)
    const client = transaction.client as pg.PoolClient
    await client.query(`insert into target values ('b')`)
    expect((await client.query('select from target')).rowCount).toBe(2)
    expect(await count()).toBe(0)
    await transaction.commit()
    expect(await count()).toBe(2)
  })

  test('an error of what the client getter has sent comes out of the next call', async () => {
    const transaction = await manager.begin()
    transaction.queue(FAILING)
    expect(transaction.client).toBeDefined()
    transaction.queue(INSERT)
    expect(transaction.client).toBeDefined()
    await expect(transaction.flush()).rejects.toMatchObject({ sqlState: '22012' })
    await transaction.rollback()
  })

  test('an error that user code swallowed fails the commit', async () => {
    const transaction = await manager.begin()
    const client = transaction.client as pg.PoolClient
    await client.query(INSERT.text, INSERT.values)
    await client.query('select 1 / 0').catch(() => undefined)
    await expect(transaction.commit()).rejects.toThrow(SwallowedSqlError)
    expect(await count()).toBe(0)
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('a swallowed error fails the statements that follow by the same name', async () => {
    const transaction = await manager.begin()
    await (transaction.client as pg.PoolClient).query('select 1 / 0').catch(() => undefined)
    transaction.queue(INSERT)
    await expect(transaction.commit()).rejects.toThrow(SwallowedSqlError)
  })

  test('a connection that was lost before the commit is a certain rollback', async () => {
    const transaction = await manager.begin()
    await transaction.execute(INSERT)
    const lost = new Promise((resolve) => (transaction.client as pg.PoolClient).once('error', resolve))
    await killOthers()
    await lost
    await expect(transaction.commit()).rejects.toMatchObject({ kind: 'connection-lost', transient: true })
    expect(await count()).toBe(0)
  })

  test('a connection that is lost during the commit leaves its outcome unknown until it is resolved', async () => {
    const gate = await commitGate(pool, 'target')
    const transaction = await manager.begin()
    transaction.queue(INSERT)
    const [onCommit, onRollback] = [vi.fn(), vi.fn()]
    transaction.onCommit(onCommit)
    transaction.onRollback(onRollback)
    const commit = transaction.commit()
    commit.catch(() => undefined)
    const pid = await gate.waiting()
    await pool.query('select pg_terminate_backend($1)', [pid])
    await expect(commit).rejects.toThrow(CommitOutcomeUnknownError)
    await gate.open()
    expect([onCommit, onRollback].map((effect) => effect.mock.calls.length)).toEqual([0, 0])
    await transaction.rollback()
    transaction.resolve(false)
    expect([onCommit, onRollback].map((effect) => effect.mock.calls.length)).toEqual([0, 1])
    expect(await count()).toBe(0)
    await pool.query('drop trigger gate on target')
  })

  test('effects run once, after commit or after rollback', async () => {
    const calls: string[] = []
    for (const end of ['commit', 'rollback'] as const) {
      const transaction = await manager.begin()
      transaction.queue(INSERT)
      transaction.onCommit(() => calls.push('committed'))
      transaction.onRollback(() => calls.push('first'))
      transaction.onRollback(() => calls.push('second'))
      await transaction[end]()
      await transaction.rollback()
    }
    expect(calls).toEqual(['committed', 'second', 'first'])
  })

  test('code that outlives the transaction can write nothing through it', async () => {
    const transaction = await manager.begin()
    await transaction.execute(INSERT)
    await transaction.commit()
    expect(() => transaction.client).toThrow(TransactionEndedError)
    expect(() => transaction.queue(INSERT)).toThrow(TransactionEndedError)
    await expect(transaction.execute(INSERT)).rejects.toThrow(TransactionEndedError)
    await expect(transaction.commit()).rejects.toThrow(TransactionEndedError)
    expect(await count()).toBe(1)
  })

  test('the label is the name of the session while the transaction lasts', async () => {
    const transaction = await manager.begin({ label: 'chunkwise:me' })
    const name = { text: `SELECT current_setting('application_name')` }
    expect((await transaction.execute(name)).rows).toEqual([['chunkwise:me']])
    await transaction.commit()
    const { rows } = await pool.query(`select from pg_stat_activity where application_name = 'chunkwise:me'`)
    expect(rows).toEqual([])
  })
})
