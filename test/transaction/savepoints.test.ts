import type pg from 'pg'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MemoryTransactionManager } from '../../src/transaction/memory-transaction-manager.js'
import { PostgresTransactionManager } from '../../src/transaction/postgres-transaction-manager.js'
import { SwallowedSqlError } from '../../src/transaction/transaction-errors.js'
import type { TransactionManager } from '../../src/transaction/transaction.js'
import { freshDatabase } from '../support/databases.js'

const INSERT = (name: string) => ({ text: 'INSERT INTO target VALUES ($1)', values: [name] })
const TAKEN = { sqlState: '23505' }

let pool: pg.Pool
let manager: PostgresTransactionManager

beforeAll(async () => {
  pool = (await freshDatabase()).pool({ max: 3 })
  await pool.query(`create table target (name text primary key);
    create table child (parent text references target deferrable initially deferred)`)
  manager = new PostgresTransactionManager({ pool })
})

beforeEach(async () => {
  await pool.query('truncate target, child')
})

const names = async () =>
  (await pool.query<{ name: string }>('select name from target order by 1')).rows.map((r) => r.name)

describe('a savepoint on PostgreSQL', () => {
  test('keeps what succeeds and undoes what fails, queued or sent', async () => {
    const transaction = await manager.begin()
    await transaction.savepoint(async () => transaction.queue(INSERT('a')))
    await expect(transaction.savepoint(async () => transaction.queue(INSERT('a')))).rejects.toMatchObject(TAKEN)
    const unsent = transaction.savepoint(async () => {
      transaction.queue(INSERT('x'))
      throw new Error('no')
    })
    await expect(unsent).rejects.toThrow('no')
    const sent = transaction.savepoint(async () => {
      await transaction.execute(INSERT('y'))
      throw new Error('no')
    })
    await expect(sent).rejects.toThrow('no')
    expect(await transaction.savepoint(async () => transaction.execute(INSERT('b')))).toMatchObject({ rowCount: 1 })
    await transaction.commit()
    expect(await names()).toEqual(['a', 'b'])
  })

  test('undoes what user code sent itself, and the error of what it did not await', async () => {
    const transaction = await manager.begin()
    const client = () => transaction.client as pg.PoolClient
    const failing = transaction.savepoint(() => client().query('select 1 / 0'))
    await expect(failing).rejects.toThrow('division by zero')
    const forgotten = transaction.savepoint(
      async () =>
        void client()
          .query('select 1 / 0')
          .catch(() => undefined),
    )
    await expect(forgotten).rejects.toMatchObject({ code: 'BATCH_SWALLOWED_SQL_ERROR', cause: { code: '22012' } })
    await client().query(`insert into target values ('c')`)
    await transaction.commit()
    expect(await names()).toEqual(['c'])
  })

  test('does not take the blame for a statement queued before it', async () => {
    const transaction = await manager.begin()
    transaction.queue({ text: 'SELECT 1 / 0' })
    let called = false
    await expect(transaction.savepoint(async () => void (called = true))).rejects.toMatchObject({ sqlState: '22012' })
    expect(called).toBe(false)
    await transaction.rollback()
  })

  test('that sent nothing costs nothing', async () => {
    const transaction = await manager.begin()
    expect(await transaction.savepoint(async () => 7)).toBe(7)
    await transaction.commit()
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('checks deferred constraints when it is asked to, and leaves them deferred', async () => {
    const transaction = await manager.begin()
    const orphan = { text: `INSERT INTO child VALUES ('p')` }
    const checked = transaction.savepoint(async () => transaction.queue(orphan), { checkConstraints: true })
    await expect(checked).rejects.toMatchObject({ kind: 'foreign-key' })
    await transaction.savepoint(async () => transaction.queue(orphan))
    await transaction.savepoint(async () => transaction.queue(INSERT('p')), { checkConstraints: true })
    transaction.queue({ text: `INSERT INTO child VALUES ('q')` })
    transaction.queue(INSERT('q'))
    await transaction.commit()
    expect(await names()).toEqual(['p', 'q'])
  })

  test('may stand in another', async () => {
    const transaction = await manager.begin()
    await transaction.savepoint(async () => {
      await transaction.savepoint(async () => transaction.queue(INSERT('a')))
      await transaction.savepoint(async () => transaction.queue(INSERT('a'))).catch(() => undefined)
      transaction.queue(INSERT('b'))
    })
    await transaction.commit()
    expect(await names()).toEqual(['a', 'b'])
  })
})

describe('a swallowed error', () => {
  test('is named by its first', async () => {
    const transaction = await manager.begin()
    const client = transaction.client as pg.PoolClient
    await client.query('select 1 / 0').catch(() => undefined)
    await client.query('select nothing').catch(() => undefined)
    const error = await transaction.commit().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SwallowedSqlError)
    expect(error).toMatchObject({ cause: { code: '22012' }, message: expect.stringContaining('division by zero') })
  })

  test('is not one that a savepoint of the user has undone', async () => {
    const transaction = await manager.begin()
    const client = transaction.client as pg.PoolClient
    await client.query('savepoint mine')
    await client.query('select 1 / 0').catch(() => undefined)
    await client.query('rollback to savepoint mine')
    await client.query('select nothing').catch(() => undefined)
    await expect(transaction.commit()).rejects.toMatchObject({ cause: { code: '42703' } })
  })

  test('leaves no listener on the driver’s connection behind', async () => {
    const wire = async () => {
      const client = (await pool.connect()) as pg.PoolClient & { connection: NodeJS.EventEmitter }
      const count = ['errorMessage', 'commandComplete'].map((event) => client.connection.listenerCount(event))
      client.release()
      return count
    }
    const before = await wire()
    for (let round = 0; round < 5; round++) {
      const transaction = await manager.begin()
      await transaction.execute({ text: 'SELECT 1 / 0' }).catch(() => undefined)
      await transaction.rollback()
    }
    expect(await wire()).toEqual(before)
  })
})

describe('effects in a savepoint', () => {
  const managers: readonly [string, () => TransactionManager][] = [
    ['memory', () => new MemoryTransactionManager()],
    ['PostgreSQL', () => manager],
  ]

  test.each(managers)('of %s happen at the rollback they belong to', async (_name, make) => {
    const calls: string[] = []
    const transaction = await make().begin()
    transaction.onRollback(() => calls.push('outer rolled back'))
    await transaction.savepoint(async () => transaction.onCommit(() => calls.push('first committed')))
    const failing = transaction.savepoint(async () => {
      transaction.onRollback(() => calls.push('inner rolled back'))
      transaction.onRollback(() => calls.push('inner too'))
      transaction.onCommit(() => calls.push('inner committed'))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(calls).toEqual(['inner too', 'inner rolled back'])
    await transaction.commit()
    expect(calls.slice(2)).toEqual(['first committed'])
  })
})
