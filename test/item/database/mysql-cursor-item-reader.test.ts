import { chunkStep, job, JobOperator } from 'chunkwise'
import { MysqlCursorItemReader, MysqlJobRepository } from 'chunkwise/mysql'
import type mysql from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'
import { readAll, readContext } from './plug-context.js'

const database = await freshMysqlDatabase()
const pool = database.pool({ connectionLimit: 4 })
await pool.query('create table item (id int primary key, team int, big bigint not null, at datetime(6) not null)')
await pool.query(`insert into item with recursive n (i) as (select 1 union all select i + 1 from n where i < 20)
  select i, i % 3, 9007199254740993 + i, '2024-01-01 00:00:00.000001' from n`)

const byCount = { pool, sql: 'select id from item order by id' }
const numbers = (from: number, to: number): { id: number }[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: from + index }))

async function sole<T extends mysql.RowDataPacket>(one: mysql.Pool, sql: string): Promise<T> {
  const [rows] = await one.query<T[]>(sql)
  return rows[0] as T
}

describe('cursor', () => {
  test('reads a query with parameters and declared types, in its own order', async () => {
    const sql =
      'with x as (select * from item where team = :team) select id, big, at from x where id < :below order by id desc'
    const types = { big: 'bigint', at: 'string' } as const
    const parameters = { team: 1, below: 7 }
    expect(
      await readAll(new MysqlCursorItemReader<Record<string, unknown>>({ pool, sql, parameters, types }), 1),
    ).toEqual([
      { id: 4, big: 9007199254740997n, at: '2024-01-01 00:00:00.000001' },
      { id: 1, big: 9007199254740994n, at: '2024-01-01 00:00:00.000001' },
    ])
  })

  test.each([0, 1, 2, 20, 21])('leaves its pool with connections that work, closed after %i rows', async (take) => {
    const one = database.pool({ connectionLimit: 1 })
    const reader = new MysqlCursorItemReader({ ...byCount, pool: one })
    const before = await sole(one, 'select @@net_write_timeout as wait')
    await reader.open(undefined, readContext())
    if (take > 0) await reader.readChunk(take, readContext())
    await reader.close()
    expect(await sole(one, 'select 1 as ok')).toEqual({ ok: 1 })
    expect(await sole(one, 'select @@net_write_timeout as wait')).toEqual(before)
  })

  test('a query that fails half-way rejects, and the connection is given back', async () => {
    const one = database.pool({ connectionLimit: 1 })
    const sql = 'select id, (select id from item i where i.id < item.id - 10) as x from item order by id'
    await expect(readAll(new MysqlCursorItemReader({ pool: one, sql }), 30)).rejects.toThrow(/more than 1 row/)
    expect(await sole(one, 'select 1 as ok')).toEqual({ ok: 1 })
  })

  test('wrong SQL rejects on the first read, and close returns', async () => {
    await expect(readAll(new MysqlCursorItemReader({ pool, sql: 'select no_such from item' }))).rejects.toThrow(
      /no_such/,
    )
  })

  test('a lost connection rejects a read, and close returns', async () => {
    const one = database.pool({ connectionLimit: 1 })
    const { id } = await sole(one, 'select connection_id() as id')
    await pool.query('create table if not exists wide as select a.id from item a, item b, item c')
    const reader = new MysqlCursorItemReader({
      pool: one,
      sql: 'select id, repeat(id, 20000) as x from wide',
      fetchSize: 2,
    })
    await reader.open(undefined, readContext())
    expect(await reader.readChunk(2, readContext())).toHaveLength(2)
    await pool.query('kill ?', [id])
    const readOn = async (): Promise<void> => {
      for (;;) if ((await reader.readChunk(100, readContext())).length === 0) return
    }
    await expect(readOn()).rejects.toMatchObject({ kind: 'connection-lost' })
    await reader.close()
  })

  test('the server waits for slow chunks, and only few rows are here', async () => {
    const one = database.pool({ connectionLimit: 1 })
    await pool.query('create table if not exists wide as select a.id from item a, item b, item c')
    const reader = new MysqlCursorItemReader({
      pool: one,
      // 8000 rows of 60 KB: half a gigabyte.
      sql: 'select id, repeat(char(64 + id), 60000) as x from wide',
      fetchSize: 10,
    })
    const before = process.memoryUsage().rss
    await reader.open(undefined, readContext())
    let most = 0
    for (let read = 0; read < 1000;) {
      const chunk = await reader.readChunk(10, readContext())
      read += chunk.length
      most = Math.max(most, process.memoryUsage().rss - before)
    }
    const { state } = await sole(
      pool,
      `select STATE as state from information_schema.PROCESSLIST where INFO like '%60000%' and ID <> connection_id()`,
    )
    // Still under way: MySQL may call it so also while it waits for the client.
    expect(state).toMatch(/send|writ|executing/i)
    expect(most).toBeLessThan(150_000_000)
    await reader.close()
  })

  test('an abort ends a read that waits, and what was read is not lost', async () => {
    const reader = new MysqlCursorItemReader<{ id: number }>({
      pool,
      sql: 'select id, sleep(id > 2) as nap from item where id < 4 order by id',
    })
    const stop = new AbortController()
    await reader.open(undefined, readContext())
    const read = reader.readChunk(3, readContext({ signal: stop.signal }))
    stop.abort(new Error('stop'))
    await expect(read).rejects.toThrow('stop')
    expect((await reader.readChunk(3, readContext())).map(({ id }) => id)).toEqual([1, 2, 3])
    await reader.close()
  })

  test('a step reads by it and continues by key after a failure', async () => {
    const repository = new MysqlJobRepository({ pool: database.pool() })
    await repository.initializeSchema()
    const seen: unknown[] = []
    let failing = true
    const step = chunkStep('read', {
      chunkSize: 3,
      reader: () =>
        new MysqlCursorItemReader<{ id: number }>({ pool, select: 'id', from: 'item', sortKeys: { id: 'asc' } }),
      writer: (items) => {
        if (failing && items.some(({ id }) => id === 8)) throw new Error('once')
        seen.push(...items)
      },
    })
    const cursorJob = job('cursor').start(step).build()
    await using operator = new JobOperator({ repository, jobs: [cursorJob] })
    expect((await operator.run(cursorJob)).status).toBe('FAILED')
    failing = false
    expect((await operator.run(cursorJob)).status).toBe('COMPLETED')
    expect(seen).toEqual(numbers(1, 20))
  })
})
