import { describe, expect, test } from 'vitest'
import { InvalidOptionError } from '../../../src/domain/option-error.js'
import { PostgresPagingItemReader } from '../../../src/item/database/postgres-paging-item-reader.js'
import { LossySettingError, SortKeyNullError, SortKeyTieError } from '../../../src/item/database/reader-errors.js'
import type { LogMethod } from '../../../src/support/logger.js'
import { PositionError } from '../../../src/item/item-errors.js'
import { SqlError } from '../../../src/sql/sql-error.js'
import { freshDatabase } from '../../support/databases.js'
import { readAll, readContext } from './plug-context.js'

const database = await freshDatabase()
const pool = database.pool({ max: 5 })
await pool.query(`
  create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create table users (id bigint primary key, user_name text not null, team int, opted_out boolean, last_login timestamptz);
  insert into users select i, 'user ' || i, i % 4, i % 2 = 0, '2024-01-01'::timestamptz + i * interval '1 h'
  from generate_series(1, 20) i;
  create table orders (id int primary key, user_id bigint not null, at timestamptz(6) not null);
  insert into orders select i, 1 + i % 20, '2024-01-01 00:00:00.000001+00' from generate_series(1, 30) i`)

interface User {
  readonly id: string
  readonly userName: string
}

const all = { pool, select: '*', from: 'users', sortKeys: { id: 'asc' } } as const

async function table(name: string, columns: string, values: string): Promise<void> {
  await pool.query(`create table ${name} (${columns}); insert into ${name} values ${values}`)
}

describe('what is read', () => {
  test('parameters are bound, in every part and of every kind', async () => {
    const reader = new PostgresPagingItemReader<User>({
      pool,
      select: 'id, user_name, :tag::text as tag -- :no',
      from: 'users u /* :no */',
      where: "id = any(:ids) and last_login < :before and user_name <> ':no' or id = :one -- the end",
      parameters: { tag: "it's", ids: [1n, '2', 3], before: new Date('2024-01-01T02:30:00Z'), one: 9 },
      sortKeys: { 'u.id': 'asc' },
      naming: 'camelCase',
    })
    expect(await readAll(reader)).toEqual([
      { id: '1', userName: 'user 1', tag: "it's" },
      { id: '2', userName: 'user 2', tag: "it's" },
      { id: '9', userName: 'user 9', tag: "it's" },
    ])
  })

  test('a hostile value stays a value', async () => {
    const reader = new PostgresPagingItemReader({
      ...all,
      where: 'user_name = :name',
      parameters: { name: `x'; drop table users; --` },
    })
    expect(await readAll(reader)).toEqual([])
  })

  test('a join is read by the keys of one table', async () => {
    const reader = new PostgresPagingItemReader({
      pool,
      select: 'o.id, u.user_name',
      from: 'orders o join users u on u.id = o.user_id',
      where: 'u.id = 1',
      sortKeys: { 'o.id': 'desc' },
    })
    expect(await readAll(reader, 1)).toEqual([{ id: 20, user_name: 'user 1' }])
  })

  test('a key is the selected column, also where a table has another one of that name', async () => {
    const reader = new PostgresPagingItemReader({ ...all, select: '-id as id', sortKeys: { id: 'asc' } })
    expect((await readAll(reader)).map(({ id }) => Number(id))).toEqual(Array.from({ length: 20 }, (_, i) => i - 20))
  })

  test('declared types replace those of the driver', async () => {
    const reader = new PostgresPagingItemReader<User>({
      ...all,
      select: 'id, user_name',
      where: 'id = 1',
      naming: 'camelCase',
      types: { id: 'bigint', userName: (text) => text.toUpperCase() },
    })
    expect(await readAll(reader)).toEqual([{ id: 1n, userName: 'USER 1' }])
  })

  test('an empty table gives nothing', async () => {
    expect(await readAll(new PostgresPagingItemReader({ ...all, where: 'false' }))).toEqual([])
  })

  test('a text parameter that is a timestamp of the session keeps its instant over another time zone', async () => {
    const reader = (zone: string) =>
      new PostgresPagingItemReader({
        ...all,
        pool: database.pool({ options: `-c TimeZone=${zone}` }),
        select: 'last_login',
        sortKeys: { last_login: 'desc' },
      })
    const first = reader('Asia/Kolkata')
    await first.open(undefined, readContext())
    const read = await first.readChunk(7, readContext())
    const position = first.position()
    await first.close()
    const rest = await readAll(reader('America/New_York'), 4, position)
    expect([...read, ...rest].map((item) => item['last_login'])).toEqual(
      (await pool.query<{ last_login: Date }>('select last_login from users order by 1 desc')).rows.map(
        (r) => r.last_login,
      ),
    )
  })

  test('the key of an item is the text of its sort keys', async () => {
    const reader = new PostgresPagingItemReader({ ...all, sortKeys: { team: 'desc', id: 'asc' }, pageSize: 5 })
    await reader.open(undefined, readContext())
    const items = await reader.readChunk(2, readContext())
    const more = await reader.readChunk(2, readContext())
    expect(reader.itemKey(items, 1)).toBe('["3","7"]')
    expect(reader.itemKey(more, 0)).toBe('["3","11"]')
    expect(() => reader.itemKey(more, 2)).toThrow(RangeError)
    await reader.close()
  })

  test('another page size than the chunk size is warned about once', async () => {
    const warnings: unknown[] = []
    const nothing: LogMethod = () => {}
    const warn: LogMethod = (fields: object | string) => warnings.push(fields)
    const context = readContext({ logger: { debug: nothing, info: nothing, error: nothing, warn } })
    expect(await readAll(new PostgresPagingItemReader({ ...all, pageSize: 7 }), 3, undefined, context)).toHaveLength(20)
    expect(warnings).toEqual([{ pageSize: 7, chunkSize: 3 }])
  })
})

describe('keys that do not identify rows', () => {
  test.each([1, 2, 3, 100])('a tie is an error that names key and value, in pages of %i', async (size) => {
    const reader = new PostgresPagingItemReader({ ...all, sortKeys: { team: 'asc' }, where: 'id < 6' })
    const failed = await readAll(reader, size).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(SortKeyTieError)
    expect(failed).toMatchObject({ sortKeys: ['team'], values: ['1'], message: expect.stringContaining('team = "1"') })
  })

  test('a tie of texts that differ is seen as the database compares them', async () => {
    await table('folded', 'name text collate nocase not null', `('a'), ('b'), ('B'), ('c')`)
    await table('sums', 'amount numeric not null', `(1.0), (2), (2.00), (3)`)
    await table('spans', 'span interval not null', `('1 day'), ('24 hours')`)
    await table('zeros', 'ratio float8 not null', `('0'), ('-0')`)
    for (const [from, key] of [
      ['folded', 'name'],
      ['sums', 'amount'],
      ['spans', 'span'],
      ['zeros', 'ratio'],
    ] as const) {
      for (const size of [1, 2, 5]) {
        const reader = new PostgresPagingItemReader({ pool, select: '*', from, sortKeys: { [key]: 'asc' } })
        await expect(readAll(reader, size), `${from} in pages of ${size}`).rejects.toThrow(SortKeyTieError)
      }
    }
  })

  test('texts that only look alike are no tie', async () => {
    await table('distinct_texts', 'name text not null', `('a'), ('A'), ('á'), ('á ')`)
    const reader = new PostgresPagingItemReader({
      pool,
      select: '*',
      from: 'distinct_texts',
      sortKeys: { name: 'asc' },
    })
    expect(await readAll(reader, 1)).toHaveLength(4)
  })

  test('a NULL is found when the reader opens, wherever it stands', async () => {
    await table('holes', 'id int not null, a int', '(1, 1), (2, 2), (3, null)')
    for (const direction of ['asc', 'desc'] as const) {
      const reader = new PostgresPagingItemReader({
        pool,
        select: '*',
        from: 'holes',
        sortKeys: { id: 'asc', a: direction },
      })
      const failed = await reader.open(undefined, readContext()).catch((error: unknown) => error)
      expect(failed).toBeInstanceOf(SortKeyNullError)
      expect(failed).toMatchObject({ sortKey: 'a' })
      await reader.close()
    }
  })

  test('a NULL that an outer join makes of a NOT NULL column is found', async () => {
    const from = 'users u left join orders o on o.user_id = u.id and o.id < 3'
    const reader = new PostgresPagingItemReader({ pool, select: 'o.id', from, sortKeys: { 'o.id': 'asc' } })
    await expect(readAll(reader)).rejects.toThrow(SortKeyNullError)
  })

  test('rows that `where` leaves out may have NULLs', async () => {
    await table('some_holes', 'a int', '(1), (null), (2)')
    const reader = new PostgresPagingItemReader({
      pool,
      select: 'a',
      from: 'some_holes',
      where: 'a is not null',
      sortKeys: { a: 'desc' },
    })
    expect(await readAll(reader, 1)).toEqual([{ a: 2 }, { a: 1 }])
  })
})

describe('bad input', () => {
  test.each([
    ['sortKeys', { ...all, sortKeys: {} }],
    ['sortKeys.id', { ...all, sortKeys: { id: 'up' } }],
    ['sortKeys', { ...all, sortKeys: { 'a"b': 'asc' } }],
    ['sortKeys', { ...all, sortKeys: undefined }],
    ['pageSize', { ...all, pageSize: 0 }],
    ['pageSize', { ...all, pageSize: 1.5 }],
    ['pageSize', { ...all, pageSize: '400' }],
    ['select', { ...all, select: '' }],
    ['naming', { ...all, naming: 'snake' }],
    ['types.id', { ...all, types: { id: 'int' } }],
    ['prefetch', { ...all, prefetch: 1 }],
    ['pool', { ...all, pool: {} }],
    ['wher', { ...all, wher: 'true' }],
    ['parameters.x', { ...all, where: 'id > :x' }],
    ['parameters.y', { ...all, parameters: { y: 1 } }],
  ])('the option %s is refused when it cannot work', (option, options) => {
    const make = (): unknown => new PostgresPagingItemReader(options as never)
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(`PostgresPagingItemReader.${option} `)
  })

  test('a sort key that is not selected is an error with the nearest column', async () => {
    const reader = new PostgresPagingItemReader({ ...all, select: 'user_name', sortKeys: { usr_name: 'asc' } })
    await expect(reader.open(undefined, readContext())).rejects.toThrow(/sortKeys .*"usr_name"|usr_name/)
    await reader.close()
  })

  test('a sort key that is selected twice is an error', async () => {
    const reader = new PostgresPagingItemReader({ ...all, select: 'id, -id as id' })
    await expect(reader.open(undefined, readContext())).rejects.toThrow(/selected once/)
    await reader.close()
  })

  test('a position of other sort keys is refused', async () => {
    const reader = new PostgresPagingItemReader({ ...all })
    for (const position of [
      { keys: ['team asc'], after: ['1'] },
      { count: 3 },
      'x',
      { keys: ['id asc'], after: [1] },
    ]) {
      await expect(reader.open(position, readContext())).rejects.toThrow(PositionError)
    }
  })

  test('a session setting under which keys lose digits is refused', async () => {
    const styled = database.pool({ options: '-c DateStyle=German' })
    const reader = new PostgresPagingItemReader({ ...all, pool: styled, sortKeys: { last_login: 'asc', id: 'asc' } })
    await expect(readAll(reader)).rejects.toThrow(LossySettingError)
  })

  test('wrong SQL is an SqlError, and the reader closes', async () => {
    const reader = new PostgresPagingItemReader({ ...all, where: 'no_such_column = 1' })
    await expect(readAll(reader)).rejects.toThrow(SqlError)
  })
})

describe('failures', () => {
  test('a page whose connection is lost is read again, and no row is lost', async () => {
    const victims = database.pool({ max: 1 })
    const reader = new PostgresPagingItemReader({ ...all, pool: victims })
    const context = readContext()
    await reader.open(undefined, context)
    const ids: unknown[] = []
    for (;;) {
      const chunk = await reader.readChunk(4, context)
      if (chunk.length === 0) break
      ids.push(...chunk.map((item) => item['id']))
      await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and query like '%AS q%' and state = 'idle'`)
    }
    await reader.close()
    expect(ids).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 1)))
  })

  test('an error of a page that was read ahead comes out of the next chunk, not before', async () => {
    const reader = new PostgresPagingItemReader({ ...all, select: 'id, 1 / (id - 5) as ratio' })
    const context = readContext()
    await reader.open(undefined, context)
    expect(await reader.readChunk(3, context)).toHaveLength(3)
    await expect(async () => reader.readChunk(3, context)).rejects.toThrow(/division by zero/)
    await expect(async () => reader.readChunk(3, context)).rejects.toThrow(/division by zero/)
    expect(reader.position()).toEqual({ keys: ['id asc'], after: ['3'] })
    await reader.close()
  })

  test('a value that cannot be decoded is never stepped over', async () => {
    const reader = new PostgresPagingItemReader({ ...all, types: { user_name: 'bigint' } })
    const context = readContext()
    await reader.open(undefined, context)
    await expect(async () => reader.readChunk(3, context)).rejects.toThrow(/user_name/)
    await expect(async () => reader.readChunk(3, context)).rejects.toThrow(/user 1/)
    expect(reader.position()).toBeNull()
    await reader.close()
  })

  test('an abort ends a read that waits, and close leaves no connection in use', async () => {
    const slow = new PostgresPagingItemReader({ ...all, select: 'id, pg_sleep(0.05)::text as nap', where: 'id < 8' })
    const stop = new AbortController()
    const context = readContext({ signal: stop.signal })
    await slow.open(undefined, readContext())
    const read = slow.readChunk(10, context)
    stop.abort(new Error('stop'))
    await expect(read).rejects.toThrow('stop')
    await slow.close()
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('a reader that is not open says so', () => {
    expect(() => new PostgresPagingItemReader(all).read(readContext())).toThrow(/open\(position, context\)/)
  })

  test('pages hold one connection at most, also of a pool that has no other', async () => {
    const reader = new PostgresPagingItemReader({ ...all, pool: database.pool({ max: 1 }) })
    expect(await readAll(reader, 2)).toHaveLength(20)
  })
})
