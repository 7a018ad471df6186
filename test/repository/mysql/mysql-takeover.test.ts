import { MysqlJobRepository } from 'chunkwise/mysql'
import type mysql from 'mysql2/promise'
import { expect, test } from 'vitest'
import { transactionLabel } from '../../../src/repository/owner-labels.js'
import { ContractBench } from '../../../src/testing/contract-bench.js'
import type { SqlTransaction } from '../../../src/transaction/sql-transaction.js'
import { mysqlPool } from '../../support/migrated-mysql.js'

test("a takeover waits for no lock on the old owner's row that its session holds: the session is ended", async () => {
  const repository = new MysqlJobRepository({ pool: await mysqlPool([], { connectionLimit: 20 }) })
  const bench = new ContractBench(repository)
  const [dead, heir] = [await bench.owner(0), await bench.owner()]
  const { lease } = await bench.start(dead)
  const observed = await bench.lease(lease.jobInstanceId)
  const label = transactionLabel(dead.ownerId)
  const transaction = (await repository.transactionManager.begin({ label })) as SqlTransaction
  await transaction.execute({ text: 'SELECT 1 FROM BATCH_OWNER WHERE OWNER_ID = ? FOR UPDATE', values: [dead.ownerId] })
  expect(await repository.takeOver(observed, heir.ownerId)).toBe(true)
  await expect(transaction.execute({ text: 'SELECT 1' })).rejects.toMatchObject({ kind: 'connection-lost' })
  expect(await bench.storedExecution(lease.jobExecutionId)).toMatchObject({ status: 'FAILED' })
  await transaction.rollback()
  await bench.dispose()
})

/** A transaction of a repository of its own, as each operator may have one. */
async function begin(pool: mysql.Pool, label: string): Promise<SqlTransaction> {
  return (await new MysqlJobRepository({ pool }).transactionManager.begin({ label })) as SqlTransaction
}

async function run(pool: mysql.Pool, label: string): Promise<void> {
  const transaction = await begin(pool, label)
  await transaction.execute({ text: 'SELECT 1' })
  await transaction.commit()
}

/** Which of the names the pool's connection has. */
async function namesOf(pool: mysql.Pool, labels: readonly string[]): Promise<readonly string[]> {
  const held = labels.map((label) => `is_used_lock(concat('${label}', '#', connection_id())) is not null as ${label}`)
  const [rows] = await pool.query<mysql.RowDataPacket[]>(`select ${held.join()}`)
  return labels.filter((label) => rows[0]?.[label] === 1)
}

test('a connection that two operators use, one after another, has the name of the last one only', async () => {
  const pool = await mysqlPool([], { connectionLimit: 1 })
  await run(pool, 'one')
  await run(pool, 'two')
  expect(await namesOf(pool, ['one', 'two'])).toEqual(['two'])
})

test('a connection is named once, though the first statement behind the name fails', async () => {
  const pool = await mysqlPool([], { connectionLimit: 1 })
  const transaction = await begin(pool, 'one')
  await expect(transaction.execute({ text: 'SELECT nothing' })).rejects.toMatchObject({ code: 'BATCH_SQL_ERROR' })
  await transaction.rollback()
  expect(await namesOf(pool, ['one', 'two'])).toEqual(['one'])
  await run(pool, 'one')
  await run(pool, 'two')
  expect(await namesOf(pool, ['one', 'two'])).toEqual(['two'])
})

test('a connection that its pool resets is named again', async () => {
  const pool = await mysqlPool([], { connectionLimit: 1, resetOnRelease: true })
  await run(pool, 'one')
  expect(await namesOf(pool, ['one'])).toEqual([])
  const transaction = await begin(pool, 'one')
  const name = `select is_used_lock(concat('one', '#', connection_id())) is not null`
  expect((await transaction.execute({ text: name })).rows).toEqual([['1']])
  await transaction.commit()
})
