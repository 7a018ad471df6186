import {
  CommitOutcomeUnknownError,
  type ManagedTransaction,
  MemoryJobRepository,
  TransactionEndedError,
} from 'chunkwise'
import { PostgresTransactionManager } from 'chunkwise/postgres'
import type pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase } from '../support/databases.js'

let pool: pg.Pool

beforeAll(async () => {
  pool = (await freshDatabase()).pool({ max: 2 })
  await pool.query('create table target (id int)')
})

const effectsOf = (transaction: ManagedTransaction): readonly string[] => {
  const effects: string[] = []
  transaction.onCommit(() => effects.push('commit'))
  transaction.onRollback(() => effects.push('rollback'))
  return effects
}

describe('a transaction that is destroyed', () => {
  it('runs the effects of a rollback once, and can neither commit nor roll back afterwards', async () => {
    const memory = await new MemoryJobRepository().transactionManager.begin()
    const database = await new PostgresTransactionManager({ pool }).begin()
    await database.begin()
    for (const transaction of [memory, database]) {
      const effects = effectsOf(transaction)
      transaction.destroy()
      transaction.destroy()
      await transaction.rollback()
      transaction.resolve(true)
      await expect(transaction.commit()).rejects.toThrow(TransactionEndedError)
      expect(effects).toEqual(['rollback'])
    }
  })

  it('does nothing to one that has ended', async () => {
    for (const manager of [new MemoryJobRepository().transactionManager, new PostgresTransactionManager({ pool })]) {
      const transaction = await manager.begin()
      const effects = effectsOf(transaction)
      await transaction.begin()
      await transaction.commit()
      transaction.destroy()
      expect(effects).toEqual(['commit'])
    }
    expect(await pool.query('select 1')).toMatchObject({ rowCount: 1 })
  })

  it('fails what is under way in it, and its connection never comes back', async () => {
    const transaction = await new PostgresTransactionManager({ pool }).begin()
    const client = transaction.client as pg.PoolClient
    await client.query('insert into target values (1)')
    const sleeping = client.query('select pg_sleep(1)')
    transaction.destroy()
    await expect(sleeping).rejects.toThrow()
    await expect(client.query('insert into target values (2)')).rejects.toThrow()
    expect(() => transaction.client).toThrow(TransactionEndedError)
    expect(await pool.query('select id from target')).toMatchObject({ rowCount: 0 })
  })

  it('has an unknown outcome when COMMIT is under way', async () => {
    await pool.query(`
      create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.5); return null; end $$;
      create constraint trigger slow after insert on target deferrable initially deferred
      for each row execute function slow()`)
    const transaction = await new PostgresTransactionManager({ pool }).begin()
    await (transaction.client as pg.PoolClient).query('insert into target values (3)')
    const effects = effectsOf(transaction)
    const committing = transaction.commit()
    // By now COMMIT has been sent.
    await pool.query('select 1')
    transaction.destroy()
    await expect(committing).rejects.toThrow(CommitOutcomeUnknownError)
    expect(effects).toEqual([])
    transaction.resolve(false)
    expect(effects).toEqual(['rollback'])
  })
})
