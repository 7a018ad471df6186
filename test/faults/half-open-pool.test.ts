import pg from 'pg'
import { PostgresTransactionManager } from 'chunkwise/postgres'
import { expect, test } from 'vitest'
import { freshDatabase } from '../support/databases.js'
import { Proxy } from './proxy.js'

test('whoever waits for the pool gets the place of a half-open connection that is destroyed between two statements', async () => {
  const database = await freshDatabase()
  await using proxy = await Proxy.open(database.url)
  const pool = new pg.Pool({ connectionString: proxy.url, max: 1 })
  const manager = new PostgresTransactionManager({ pool })
  const transaction = await manager.begin()
  await transaction.begin()
  const waiting = manager.begin()
  for (const link of proxy.links) link.freeze()
  // As a timeout does. Nothing is under way that could fail, and the other side never says that it has heard.
  transaction.destroy()
  const next = await waiting
  await next.begin()
  await next.rollback()
  expect(pool.totalCount).toBe(1)
  await pool.end()
})
