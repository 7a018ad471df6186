import type mysql from 'mysql2/promise'
import { beforeEach, describe, expect, test } from 'vitest'
import { MysqlTransactionManager } from '../../src/transaction/mysql-transaction-manager.js'
import { freshMysqlDatabase } from '../support/mysql-databases.js'

const database = await freshMysqlDatabase()
const pool = database.pool({ connectionLimit: 4 })
await pool.query('CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL DEFAULT 0)')
const manager = new MysqlTransactionManager({ pool })

const ids = async (): Promise<readonly number[]> => {
  const [rows] = await pool.query<mysql.RowDataPacket[]>('SELECT id FROM t ORDER BY id')
  return rows.map((row) => Number(row['id']))
}

/** The driver's connection, as a user's writer takes it. */
const clientOf = (transaction: { readonly client: unknown }): mysql.PoolConnection =>
  transaction.client as mysql.PoolConnection

beforeEach(() => pool.query('DELETE FROM t'))

describe('a MySQL transaction', () => {
  test('commits what the port and what the user have written, together', async () => {
    const transaction = await manager.begin({ label: 'chunkwise:owner' })
    transaction.queue({ text: 'INSERT INTO t (id) VALUES (?)', values: [1] })
    await clientOf(transaction).query('INSERT INTO t (id) VALUES (2)')
    expect(await ids()).toEqual([])
    await transaction.commit()
    expect(await ids()).toEqual([1, 2])
  })

  test('gives its connection back with autocommit on', async () => {
    const transaction = await manager.begin()
    await clientOf(transaction).query('INSERT INTO t (id) VALUES (1)')
    await transaction.rollback()
    const connections = await Promise.all([1, 2, 3, 4].map(() => pool.getConnection()))
    for (const connection of connections) {
      const [rows] = await connection.query<mysql.RowDataPacket[]>('SELECT @@autocommit AS autocommit')
      expect(rows[0]?.['autocommit']).toBe(1)
      connection.release()
    }
    expect(await ids()).toEqual([])
  })

  test('does not commit behind an error that user code has caught, and names it', async () => {
    const transaction = await manager.begin()
    const client = clientOf(transaction)
    await client.query('INSERT INTO t (id) VALUES (1)')
    await client.query('INSERT INTO t (id) VALUES (1)').catch(() => undefined)
    await client.query('INSERT INTO t (id) VALUES (2)')
    await expect(transaction.commit()).rejects.toMatchObject({
      code: 'BATCH_SWALLOWED_SQL_ERROR',
      cause: { code: 'ER_DUP_ENTRY' },
    })
    expect(await ids()).toEqual([])
  })

  test('commits behind an error that a savepoint has undone', async () => {
    const transaction = await manager.begin()
    transaction.queue({ text: 'INSERT INTO t (id) VALUES (1)' })
    const again = transaction.savepoint(async () => {
      await transaction.execute({ text: 'INSERT INTO t (id) VALUES (1)' })
    })
    await expect(again).rejects.toMatchObject({ kind: 'duplicate-key', constraint: 'PRIMARY' })
    transaction.queue({ text: 'INSERT INTO t (id) VALUES (2)' })
    await transaction.commit()
    expect(await ids()).toEqual([1, 2])
  })

  test('commits what user code has written inside savepoints, one undone and one kept, and still sees that it was ended', async () => {
    const transaction = await manager.begin()
    const inside = (id: number, fails: boolean) => async (): Promise<void> => {
      await clientOf(transaction).query('INSERT INTO t (id) VALUES (?)', [id])
      if (fails) throw new Error('undone')
    }
    await expect(transaction.savepoint(inside(1, true))).rejects.toThrow('undone')
    await transaction.savepoint(inside(2, false))
    await transaction.savepoint(() => transaction.savepoint(inside(3, false)))
    await transaction.commit()
    expect(await ids()).toEqual([2, 3])

    const ended = await manager.begin()
    await ended.savepoint(async () => void (await clientOf(ended).query('INSERT INTO t (id) VALUES (4)')))
    const [client] = [clientOf(ended)]
    await client.query('ROLLBACK')
    await client.query('INSERT INTO t (id) VALUES (5)')
    await expect(ended.commit()).rejects.toMatchObject({ code: 'BATCH_TRANSACTION_ENDED' })
    expect(await ids()).toEqual([2, 3])
  })

  test('shows its label on a connection whose last transaction had one and sent nothing', async () => {
    const one = database.pool({ connectionLimit: 1 })
    const labelled = new MysqlTransactionManager({ pool: one })
    await (await labelled.begin({ label: 'owner' })).rollback()
    const transaction = await labelled.begin({ label: 'owner' })
    const [rows] = await clientOf(transaction).query<mysql.RowDataPacket[]>(
      "SELECT IS_USED_LOCK(CONCAT('owner#', CONNECTION_ID())) = CONNECTION_ID() AS shown",
    )
    await transaction.commit()
    expect(rows).toEqual([{ shown: 1 }])
  })

  test('does not let what follows a swallowed deadlock commit by itself', async () => {
    await pool.query('INSERT INTO t (id) VALUES (1), (2)')
    const transaction = await manager.begin()
    const client = clientOf(transaction)
    const other = await pool.getConnection()
    await other.beginTransaction()
    // The other one has written more, so that the server ends ours.
    await other.query('INSERT INTO t (id) VALUES (10), (11), (12), (13), (14), (15)')
    await other.query('UPDATE t SET a = 1 WHERE id = 2')
    await client.query('UPDATE t SET a = 1 WHERE id = 1')
    const waiting = other.query('UPDATE t SET a = 1 WHERE id = 1')
    const error = await client.query('UPDATE t SET a = 1 WHERE id = 2').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ errno: 1213 })
    await waiting
    await other.rollback()
    other.release()
    await client.query('INSERT INTO t (id) VALUES (3)')
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'BATCH_SWALLOWED_SQL_ERROR' })
    expect(await ids()).toEqual([1, 2])
  })

  test('that a statement such as DDL has ended does not commit the rest', async () => {
    const transaction = await manager.begin()
    const client = clientOf(transaction)
    await client.query('INSERT INTO t (id) VALUES (1)')
    await client.query('CREATE TABLE IF NOT EXISTS other (id INT)')
    await client.query('INSERT INTO t (id) VALUES (2)')
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'BATCH_TRANSACTION_ENDED' })
    // DDL has committed what came before it: no client can take that back.
    expect(await ids()).toEqual([1])
  })

  test('that finds its pool full, and may not wait, fails as one that passes', async () => {
    const full = new MysqlTransactionManager({ pool: database.pool({ connectionLimit: 1, waitForConnections: false }) })
    const transaction = await full.begin()
    await expect(full.begin()).rejects.toMatchObject({ kind: 'too-many-connections', transient: true })
    await transaction.rollback()
  })

  test('whose connection is killed fails as one that passes, and destroys the connection', async () => {
    const transaction = await manager.begin()
    const client = clientOf(transaction)
    const [rows] = await client.query<mysql.RowDataPacket[]>('SELECT CONNECTION_ID() AS id')
    await pool.query(`KILL ${Number(rows[0]?.['id'])}`)
    const late = transaction.execute({ text: 'INSERT INTO t (id) VALUES (1)' })
    await expect(late).rejects.toMatchObject({ kind: 'connection-lost', transient: true })
    await transaction.rollback()
    expect(await ids()).toEqual([])
  })

  test('that is destroyed while a statement runs rejects it at once', async () => {
    const transaction = await manager.begin()
    const running = transaction.execute({ text: 'SELECT SLEEP(2)' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    transaction.destroy()
    await expect(running).rejects.toMatchObject({ kind: 'connection-lost' })
  })

  test('keeps a BIGINT beyond 2^53 and its text as they are', async () => {
    const transaction = await manager.begin()
    const result = await transaction.execute({
      text: 'SELECT CAST(? AS SIGNED), ?, CAST(? AS DECIMAL(30,10))',
      values: [9007199254740993n, '\u{1F600} \\ \' "', '1.0000000001'],
    })
    expect(result.rows[0]).toEqual(['9007199254740993', '\u{1F600} \\ \' "', '1.0000000001'])
    await transaction.rollback()
  })
})
