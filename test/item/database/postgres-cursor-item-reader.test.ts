import { describe, expect, test } from 'vitest'
import { PostgresCursorItemReader } from '../../../src/item/database/postgres-cursor-item-reader.js'
import { freshDatabase } from '../../support/databases.js'
import { readAll, readContext } from './plug-context.js'

const database = await freshDatabase()
const pool = database.pool({ max: 2 })
await pool.query(
  'create table item (id int primary key, team int); insert into item select i, i % 3 from generate_series(1, 20) i',
)

const byCount = { pool, sql: 'select id from item order by id' }
const numbers = (from: number, to: number): { id: number }[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: from + index }))

const kill = (): Promise<unknown> =>
  pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and query like '%from item%' and state <> 'idle'`)

describe('cursor', () => {
  test('reads a query with parameters', async () => {
    const sql = 'with x as (select * from item where team = :team) select id from x where id = any(:ids) order by id'
    expect(
      await readAll(new PostgresCursorItemReader({ pool, sql, parameters: { team: 1, ids: [1, 2, 4, 7] } })),
    ).toEqual([{ id: 1 }, { id: 4 }, { id: 7 }])
  })

  test('gives its connection back in a state that works', async () => {
    for (const take of [0, 1, 2, 20, 21]) {
      const one = database.pool({ max: 1 })
      const reader = new PostgresCursorItemReader({ ...byCount, pool: one })
      await reader.open(undefined, readContext())
      if (take > 0) await reader.readChunk(take, readContext())
      await reader.close()
      expect((await one.query('select 1 as ok')).rows).toEqual([{ ok: 1 }])
      expect(one.totalCount).toBe(1)
    }
  })

  test('a query that fails half-way rejects, and the connection is given back', async () => {
    const one = database.pool({ max: 1 })
    const reader = new PostgresCursorItemReader({ pool: one, sql: 'select 1 / (5 - id) as x from item order by id' })
    await reader.open(undefined, readContext())
    expect(await reader.readChunk(2, readContext())).toHaveLength(2)
    await expect(async () => reader.readChunk(5, readContext())).rejects.toThrow(/division by zero/)
    await reader.close()
    expect((await one.query('select 1 as ok')).rows).toEqual([{ ok: 1 }])
  })

  test('wrong SQL rejects on the first read, and close returns', async () => {
    await expect(readAll(new PostgresCursorItemReader({ pool, sql: 'select no_such from item' }))).rejects.toThrow(
      /no_such/,
    )
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('a lost connection rejects the next read, and close returns', async () => {
    const reader = new PostgresCursorItemReader(byCount)
    await reader.open(undefined, readContext())
    await reader.readChunk(2, readContext())
    await kill()
    await expect(async () => reader.readChunk(2, readContext())).rejects.toMatchObject({ kind: 'connection-lost' })
    await reader.close()
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('closing after the backend died returns', async () => {
    const reader = new PostgresCursorItemReader(byCount)
    await reader.open(undefined, readContext())
    await reader.readChunk(2, readContext())
    await kill()
    await reader.close()
    expect((await pool.query('select 1 as ok')).rows).toEqual([{ ok: 1 }])
  })

  test("the host's query timeout does not end a cursor that is well", async () => {
    const timed = database.pool({ query_timeout: 50 })
    const reader = new PostgresCursorItemReader({ ...byCount, pool: timed })
    await reader.open(undefined, readContext())
    const first = await reader.readChunk(1, readContext())
    await pool.query('select pg_sleep(0.1)')
    expect([...first, ...(await reader.readChunk(19, readContext()))]).toEqual(numbers(1, 20))
    await reader.close()
  })

  test('an abort ends a read that waits', async () => {
    const reader = new PostgresCursorItemReader({ pool, sql: 'select id, pg_sleep(0.2)::text from item order by id' })
    const stop = new AbortController()
    await reader.open(undefined, readContext())
    const read = reader.readChunk(3, readContext({ signal: stop.signal }))
    stop.abort(new Error('stop'))
    await expect(read).rejects.toThrow('stop')
    await reader.close()
  })
})
