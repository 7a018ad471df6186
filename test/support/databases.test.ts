import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { freshDatabase, migratedDatabase } from './databases.js'

describe('databases for tests', () => {
  test('a fresh database is empty and gone after drop', async () => {
    const database = await freshDatabase()
    const pool = database.pool()
    await pool.query('create table a (i int)')
    const { rows } = await pool.query('select current_database() as name')
    expect(rows).toEqual([{ name: database.name }])
    await database.drop()
    await expect(new pg.Client({ connectionString: database.url }).connect()).rejects.toThrow('does not exist')
  })

  test('a migrated database is a clone of one that was prepared once', async () => {
    let calls = 0
    const prepare = async (pool: pg.Pool): Promise<void> => {
      calls++
      await pool.query('create table prepared (i int)')
      await pool.query('insert into prepared values (1)')
    }
    const databases = await Promise.all([1, 2, 3].map(() => migratedDatabase(prepare, 'self_test')))
    expect(calls).toBe(1)
    await databases[0]?.pool().query('delete from prepared')
    const { rows } = (await databases[1]?.pool().query('select i from prepared')) ?? { rows: [] }
    expect(rows).toEqual([{ i: 1 }])
  })

  test('text is ordered by the locale that is asked for', async () => {
    const database = await freshDatabase({ icuLocale: 'en-US' })
    const { rows } = await database
      .pool()
      .query<{ a: string }>(`select a from (values ('b'), ('A'), ('B'), ('a')) v(a) order by a`)
    expect(rows.map(({ a }) => a)).toEqual(['a', 'A', 'b', 'B'])
  })

  test('a connection that stays open in a transaction is an error with its last query', async () => {
    const database = await freshDatabase()
    const client = new pg.Client({ connectionString: database.url })
    client.on('error', () => {})
    await client.connect()
    await client.query('begin')
    await client.query('select 42')
    await expect(database.drop(100)).rejects.toThrow(/idle in transaction: .*last query: select 42\n.*still connected/s)
  })
})
