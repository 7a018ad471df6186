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

test('a connection that two operators use, one after another, has the name of the last one only', async () => {
  const pool = await mysqlPool([], { connectionLimit: 1 })
  for (const label of ['one', 'two']) {
    // Each operator may have a repository of its own.
    const transaction = (await new MysqlJobRepository({ pool }).transactionManager.begin({ label })) as SqlTransaction
    await transaction.execute({ text: 'SELECT 1' })
    await transaction.commit()
  }
  const named = (label: string): string =>
    `is_used_lock(concat('${label}', '#', connection_id())) is not null as ${label}`
  const [rows] = await pool.query<mysql.RowDataPacket[]>(`select ${named('one')}, ${named('two')}`)
  expect(rows).toEqual([{ one: 0, two: 1 }])
})
