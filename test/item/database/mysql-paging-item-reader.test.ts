import { InvalidOptionError, PositionError, SqlError } from 'chunkwise'
import {
  LossySettingError,
  MysqlPagingItemReader,
  SortKeyNullError,
  type SortKeys,
  SortKeyTieError,
} from 'chunkwise/mysql'
import mysql from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { atEndOfFile } from '../../support/at-end-of-file.js'
import { freshMysqlDatabase, isMariadb } from '../../support/mysql-databases.js'
import { readAll, readContext } from './plug-context.js'

const database = await freshMysqlDatabase()
const mariadb = await isMariadb()
const pool = database.pool({ connectionLimit: 5, multipleStatements: true })
await pool.query(`
  create table users (
    id bigint primary key, user_name varchar(50) not null, team int, opted_out boolean, last_login datetime(6), tags json
  );
  insert into users
  with recursive n (i) as (select 1 union all select i + 1 from n where i < 20)
  select i, concat('user ', i), i % 4, i % 2 = 0, '2024-01-01' + interval i hour, concat('["', i, '"]') from n`)

interface User {
  readonly id: number
  readonly userName: string
}

const all = { pool, select: '*', from: 'users', sortKeys: { id: 'asc' } } as const

async function table(name: string, columns: string, values: string): Promise<void> {
  await pool.query(`create table ${name} (${columns}); insert into ${name} values ${values}`)
}

/** A pool whose sessions are set to something. */
async function sessions(setting: string, options: mysql.PoolOptions = {}): Promise<mysql.Pool> {
  const set = database.pool({ connectionLimit: 1, ...options })
  await set.query(`set session ${setting}`)
  return set
}

const ids = (rows: readonly unknown[]): unknown[] => rows.map((row) => (row as { id: unknown }).id)

describe('what is read', () => {
  test('parameters are bound, in every part and of every kind, each time they stand', async () => {
    const reader = new MysqlPagingItemReader<User>({
      pool,
      select: "id, user_name, :tag as tag, ':no' as `:no` -- :no",
      from: 'users u # :no',
      where: "last_login < :before and user_name <> ':no' and :tag <> 'x' or id in (:one, :two) /* :no */ -- the end",
      parameters: { tag: "it's", before: new Date(2024, 0, 1, 2, 30), one: 9, two: 10n },
      sortKeys: { 'u.id': 'asc' },
      naming: 'camelCase',
    })
    expect(ids(await readAll(reader, 1))).toEqual([1, 2, 9, 10])
  })

  test('a hostile value stays a value', async () => {
    const where = 'user_name = :name'
    for (const name of [`x'; drop table users; --`, `\\'; drop table users; --`]) {
      expect(await readAll(new MysqlPagingItemReader({ ...all, where, parameters: { name } }))).toEqual([])
    }
  })

  test('SQL that NO_BACKSLASH_ESCAPES would read in another way is refused', () => {
    const where = `user_name <> 'it\\'s' and id > :id`
    expect(() => new MysqlPagingItemReader({ ...all, where, parameters: { id: 1 } })).toThrow(/no backslash/)
  })

  test.each([
    `sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'`,
    `sql_mode = ''`,
    `sql_mode = 'PIPES_AS_CONCAT,STRICT_ALL_TABLES'`,
  ])('the session may have %s', async (setting) => {
    await pool.query('create table if not exists `odd``name` (`a b``"c` int primary key, back varchar(20))')
    await pool.query('replace into `odd``name` values (1, ?), (2, ?)', ['a\\', "b'"])
    const reader = new MysqlPagingItemReader({
      pool: await sessions(setting),
      select: '*',
      from: '`odd``name`',
      where: 'back in (:a, :b)',
      parameters: { a: 'a\\', b: "b'" },
      sortKeys: { 'a b`c': 'asc' },
    })
    await expect(readAll(reader)).rejects.toThrow(InvalidOptionError)
    const quoted = new MysqlPagingItemReader({
      pool: await sessions(setting),
      select: '`a b``"c` as `a b``c`, back',
      from: '`odd``name`',
      where: 'back in (:a, :b)',
      parameters: { a: 'a\\', b: "b'" },
      sortKeys: { 'a b`c': 'desc' },
    })
    expect(await readAll(quoted, 1)).toEqual([
      { 'a b`c': 2, back: "b'" },
      { 'a b`c': 1, back: 'a\\' },
    ])
  })

  test('a key is the selected column, also where a table has another one of that name', async () => {
    const reader = new MysqlPagingItemReader({ ...all, select: '-id as id', sortKeys: { id: 'asc' } })
    expect(ids(await readAll(reader))).toEqual(Array.from({ length: 20 }, (_, i) => i - 20))
  })

  test('rows are as the driver gives them, and only declared types replace that', async () => {
    await table(
      'kinds',
      'id bigint primary key, dec_imal decimal(30, 2), at datetime(6), flag bit(9), doc json, single float, `time` time(2), bin binary(3), tiny tinyint(1)',
      `(9007199254740993, 12345678901234567890.10, '2024-02-29 10:00:00.123456', 300, '{"a":1}', 0.1, '-25:00:00.5', 'ab', 1)`,
    )
    for (const options of [
      {},
      { dateStrings: true, bigNumberStrings: true, supportBigNumbers: true },
      { timezone: '+05:30' },
    ]) {
      const own = database.pool(options)
      const given = { pool: own, select: '*', from: 'kinds', sortKeys: { id: 'asc' } } as const
      const [rows] = await own.execute('select * from kinds')
      expect(await readAll(new MysqlPagingItemReader(given))).toEqual(rows)
      const [row] = rows as [object]
      const types = {
        id: 'bigint',
        at: 'string',
        doc: 'string',
        dec_imal: (text: string) => `<${text}>`,
        tiny: 'string',
      } as const
      expect(await readAll(new MysqlPagingItemReader<Record<string, unknown>>({ ...given, types }))).toEqual([
        {
          ...row,
          id: 9007199254740993n,
          at: '2024-02-29 10:00:00.123456',
          doc: mariadb ? '{"a":1}' : '{"a": 1}',
          dec_imal: '<12345678901234567890.10>',
          tiny: '1',
        },
      ])
    }
  })

  test("the host's typeCast is honoured, and does not reach the keys", async () => {
    const typeCast: mysql.TypeCast = (field, next) => {
      if (field.type === 'VAR_STRING') return field.string()?.toUpperCase()
      return field.type === 'LONGLONG' ? `id ${String(next())}` : next()
    }
    const reader = new MysqlPagingItemReader({
      ...all,
      pool: database.pool({ typeCast }),
      select: 'id, user_name, tags',
      sortKeys: { user_name: 'asc' },
      where: 'id < 4',
      types: { tags: 'json' },
    })
    expect(await readAll(reader, 1)).toEqual(
      [1, 2, 3].map((id) => ({ id: `id ${id}`, user_name: `USER ${id}`, tags: [String(id)] })),
    )
  })

  test("a declared date is read as the driver reads it, in the pool's time zone", async () => {
    for (const timezone of ['local', 'Z', '-03:00']) {
      const own = database.pool({ timezone })
      const types = { last_login: 'date' } as const
      const reader = new MysqlPagingItemReader<Record<string, unknown>>({
        ...all,
        pool: own,
        select: 'id, last_login',
        types,
      })
      expect(await readAll(reader)).toEqual((await own.query('select id, last_login from users order by id'))[0])
    }
  })

  test('the key of an item is the text of its sort keys', async () => {
    const reader = new MysqlPagingItemReader({ ...all, sortKeys: { team: 'desc', id: 'asc' }, pageSize: 5 })
    await reader.open(undefined, readContext())
    const items = await reader.readChunk(2, readContext())
    expect(reader.itemKey(items, 1)).toBe('["3","7"]')
    await reader.close()
  })
})

describe('places', () => {
  test('are the same in every time zone of session and driver, also where a clock is set back', async () => {
    // In Berlin, 02:30 stands twice: at 00:30 and at 01:30 in UTC.
    await table('instants', 'id int primary key, at timestamp(6) null, plain datetime(6), key (at)', '(0, null, null)')
    await pool.query('delete from instants')
    await pool.query(`set time_zone = '+00:00';
      insert into instants with recursive n (i) as (select 0 union all select i + 1 from n where i < 30)
      select i, '2024-10-26 23:30:00.000001' + interval i * 6 minute, '2024-10-27 01:30:00.000001' + interval i * 6 minute from n`)
    const set = await berlin()
    for (const sortKeys of [{ at: 'asc' }, { at: 'desc' }, { plain: 'asc' }, { at: 'desc', id: 'asc' }] as const) {
      const reader = async (zone: string, timezone: string) =>
        new MysqlPagingItemReader<{ id: number }>({
          pool: await sessions(zone, { timezone }),
          select: 'id, at, plain',
          from: 'instants',
          sortKeys,
        })
      const expected = Array.from({ length: 31 }, (_, i) => (Object.values(sortKeys)[0] === 'asc' ? i : 30 - i))
      // MySQL has lost the instant before it is compared.
      const isLossy = !mariadb && 'at' in sortKeys
      if (isLossy) await expect(readAll(await reader(set, 'local'))).rejects.toThrow(LossySettingError)
      for (const zone of ["time_zone = '+02:00'", ...(isLossy ? [] : [set])]) {
        const first = await reader(zone, 'local')
        expect(ids(await readAll(first, 4)), `${zone} ${JSON.stringify(sortKeys)}`).toEqual(expected)
        await first.open(undefined, readContext())
        const read = await first.readChunk(17, readContext())
        const position = first.position()
        await first.close()
        const rest = await readAll(await reader("time_zone = '-08:00'", '+03:00'), 4, position)
        expect(ids([...read, ...rest])).toEqual(expected)
      }
    }
  })

  test('are kept by zero dates and dates with zeros in them, whatever the sql_mode', async () => {
    await pool.query(`set sql_mode = ''`)
    await table(
      'zeros',
      'id int primary key, day date not null, at datetime(6) not null',
      `(1, '0000-00-00', '0000-00-00'), (2, '2024-00-00', '2024-00-00 10:00:00.5'), (3, '2024-02-00', '2024-02-00'), (4, '2024-02-01', '2024-02-01')`,
    )
    for (const mode of [`sql_mode = ''`, `sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE'`]) {
      for (const key of ['day', 'at']) {
        for (const direction of ['asc', 'desc'] as const) {
          const own = await sessions(mode)
          const reader = new MysqlPagingItemReader({
            pool: own,
            select: '*',
            from: 'zeros',
            sortKeys: { [key]: direction },
          })
          const expected = direction === 'asc' ? [1, 2, 3, 4] : [4, 3, 2, 1]
          expect(ids(await readAll(reader, 1)), `${mode} ${key} ${direction}`).toEqual(expected)
        }
      }
    }
  })

  test('begin a range of an index, by every kind of key and by several', async () => {
    await pool.query(`
      create table indexed (
        id bigint unsigned primary key, at datetime(6) not null, ts timestamp(6) not null default '2024-01-01', day date not null,
        name varchar(20) not null, amount decimal(20, 4) not null, bin binary(8) not null,
        span time(3) not null, ratio double not null, bits bit(20) not null, born year not null, pad char(200),
        key (at, id), key (ts), key (day), key (name), key (amount), key (bin), key (span), key (ratio), key (bits), key (born, id)
      );
      insert into indexed with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000)
      select i, '2024-01-01' + interval i minute, '2024-01-01' + interval i hour, '2024-01-01' + interval i day,
        concat('n', lpad(i, 4, '0')), i / 4, lpad(i, 8, '0'), sec_to_time(i / 2), i / 8, i,
        1950 + i div 5, 'x' from n;
      analyze table indexed`)
    for (const sortKeys of [
      { id: 'asc' },
      { at: 'asc', id: 'asc' },
      { ts: 'asc' },
      { day: 'desc' },
      { name: 'asc' },
      { amount: 'desc' },
      { bin: 'asc' },
      { span: 'desc' },
      { ratio: 'asc' },
      { bits: 'desc' },
      { born: 'asc', id: 'asc' },
    ] as const) {
      expect(await rowsTouched(sortKeys), JSON.stringify(sortKeys)).toBeLessThan(200)
    }
    // Sorted in another direction than the index is, but only what is behind.
    expect(await rowsTouched({ at: 'asc', id: 'desc' })).toBeLessThan(300)
  })
})

describe('keys that do not identify rows', () => {
  test.each([1, 2, 3, 100])('a tie is an error that names key and value, in pages of %i', async (size) => {
    const reader = new MysqlPagingItemReader({ ...all, sortKeys: { team: 'asc' }, where: 'id < 6' })
    const failed = await readAll(reader, size).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(SortKeyTieError)
    expect(failed).toMatchObject({ sortKeys: ['team'], values: ['1'], message: expect.stringContaining('team = "1"') })
  })

  test('a tie of texts that differ is seen as the database compares them', async () => {
    await table('folded', 'name varchar(9) collate utf8mb4_unicode_ci not null', `('a'), ('b'), ('B'), ('c')`)
    await table('accents', 'name varchar(9) collate utf8mb4_general_ci not null', `('a'), ('e'), ('é'), ('f')`)
    await table('padded', 'name varchar(9) collate utf8mb4_bin not null', `('a'), ('b'), ('b '), ('c')`)
    await table('floats', 'name double not null', `(0), (-0e0), (1)`)
    for (const from of ['folded', 'accents', 'padded']) {
      for (const size of [1, 2, 5]) {
        const reader = new MysqlPagingItemReader({ pool, select: '*', from, sortKeys: { name: 'asc' } })
        await expect(readAll(reader, size), `${from} in pages of ${size}`).rejects.toThrow(SortKeyTieError)
      }
    }
  })

  test('texts that only look alike are no tie', async () => {
    await table('distinct_texts', 'name varbinary(20) not null', `('a'), ('A'), ('á'), ('á ')`)
    await table('cased', 'name varchar(20) collate utf8mb4_bin not null', `('a'), ('A'), ('á'), ('Á')`)
    for (const from of ['distinct_texts', 'cased']) {
      const reader = new MysqlPagingItemReader({ pool, select: '*', from, sortKeys: { name: 'asc' } })
      expect(await readAll(reader, 1)).toHaveLength(4)
    }
  })

  test('a NULL is found when the reader opens, wherever it stands', async () => {
    await table('holes', 'id int not null, a int', '(1, 1), (2, 2), (3, null)')
    for (const direction of ['asc', 'desc'] as const) {
      const sortKeys = { id: 'asc', a: direction } as const
      const reader = new MysqlPagingItemReader({ pool, select: '*', from: 'holes', sortKeys })
      await expect(reader.open(undefined, readContext())).rejects.toMatchObject({ sortKey: 'a' })
      await reader.close()
    }
  })

  test('a NULL that an outer join makes of a NOT NULL column is found', async () => {
    const from = 'users u left join holes o on o.id = u.id'
    const reader = new MysqlPagingItemReader({ pool, select: 'o.id', from, sortKeys: { 'o.id': 'asc' } })
    await expect(readAll(reader)).rejects.toThrow(SortKeyNullError)
  })
})

describe('bad input', () => {
  test.each([
    ['sortKeys', { ...all, sortKeys: {} }],
    ['pageSize', { ...all, pageSize: 0 }],
    ['types.id', { ...all, types: { id: 'int' } }],
    ['pool', { ...all, pool: {} }],
    ['wher', { ...all, wher: 'true' }],
    ['where', { ...all, where: 'id > ?' }],
    ['parameters.x', { ...all, where: 'id > :x' }],
  ])('the option %s is refused when it cannot work', (option, options) => {
    const make = (): unknown => new MysqlPagingItemReader(options as never)
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(`MysqlPagingItemReader.${option} `)
  })

  test('a position of other sort keys is refused', async () => {
    const reader = new MysqlPagingItemReader({ ...all })
    await expect(reader.open({ keys: ['team asc'], after: ['1'] }, readContext())).rejects.toThrow(PositionError)
  })

  test('a column of which no place can be kept is refused', async () => {
    await table('shapes', 'shape point not null', `(point(1, 2))`)
    const reader = new MysqlPagingItemReader({ pool, select: '*', from: 'shapes', sortKeys: { shape: 'asc' } })
    await expect(reader.open(undefined, readContext())).rejects.toThrow(/GEOMETRY cannot/)
    await reader.close()
  })

  test('a session that gives keys in another character set is refused', async () => {
    const latin = await sessions('character_set_results = latin1')
    const reader = new MysqlPagingItemReader({ ...all, pool: latin, sortKeys: { user_name: 'asc' } })
    await expect(readAll(reader)).rejects.toThrow(LossySettingError)
  })

  test('wrong SQL is an SqlError, and the reader closes', async () => {
    await expect(readAll(new MysqlPagingItemReader({ ...all, where: 'no_such_column = 1' }))).rejects.toThrow(SqlError)
    await expect(readAll(new MysqlPagingItemReader({ ...all, select: 'id, -id as id' }))).rejects.toThrow(
      /Duplicate column/,
    )
  })
})

describe('failures', () => {
  test('a page whose connection is lost is read again, and no row is lost', async () => {
    const victims = database.pool({ connectionLimit: 1 })
    // It may find the connection that was killed before the reader does.
    const idOfConnection = (): Promise<unknown> =>
      victims
        .query<mysql.RowDataPacket[]>('select connection_id() as id')
        .then(([rows]) => rows[0]?.['id'] as unknown, idOfConnection)
    const reader = new MysqlPagingItemReader({ ...all, pool: victims })
    const context = readContext()
    await reader.open(undefined, context)
    const read: unknown[] = []
    for (;;) {
      const chunk = await reader.readChunk(4, context)
      if (chunk.length === 0) break
      read.push(...chunk)
      await pool.query('kill ?', [await idOfConnection()])
    }
    await reader.close()
    expect(ids(read)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  })

  test('an abort ends a read that waits, and close leaves no connection in use', async () => {
    const slow = new MysqlPagingItemReader({ ...all, select: 'id, sleep(0.05) as nap', where: 'id < 8' })
    const stop = new AbortController()
    await slow.open(undefined, readContext())
    const read = slow.readChunk(10, readContext({ signal: stop.signal }))
    stop.abort(new Error('stop'))
    await expect(read).rejects.toThrow('stop')
    await slow.close()
  })

  test('a value that cannot be decoded is never stepped over', async () => {
    const reader = new MysqlPagingItemReader<Record<string, unknown>>({ ...all, types: { user_name: 'bigint' } })
    const context = readContext()
    await reader.open(undefined, context)
    await expect(async () => reader.readChunk(3, context)).rejects.toThrow(/user_name/)
    await expect(async () => reader.readChunk(3, context)).rejects.toThrow(/user 1/)
    expect(reader.position()).toBeNull()
    await reader.close()
  })

  test('pages hold one connection at most, also of a pool that has no other', async () => {
    const reader = new MysqlPagingItemReader({ ...all, pool: database.pool({ connectionLimit: 1 }) })
    expect(await readAll(reader, 2)).toHaveLength(20)
  })
})

/** Makes the server know a time zone of which the clock is set back at 2024-10-27T01:00Z, as Berlin's was. */
async function berlin(): Promise<string> {
  const name = database.name
  await pool.query(`
    insert into mysql.time_zone (Use_leap_seconds) values ('N');
    set @zone = last_insert_id();
    insert into mysql.time_zone_name values ('${name}', @zone);
    insert into mysql.time_zone_transition_type values (@zone, 0, 3600, 0, 'CET'), (@zone, 1, 7200, 1, 'CEST');
    insert into mysql.time_zone_transition values (@zone, 1711846800, 1), (@zone, 1729990800, 0)`)
  atEndOfFile(async () => {
    const own = await mysql.createConnection(database.url.replace(name, 'mysql'))
    const [zones] = await own.query<mysql.RowDataPacket[]>('select Time_zone_id from time_zone_name where Name = ?', [
      name,
    ])
    for (const suffix of ['_transition', '_transition_type', '_name', '']) {
      await own.query(`delete from time_zone${suffix} where Time_zone_id = ?`, [zones[0]?.['Time_zone_id']])
    }
    await own.end()
  })
  return `time_zone = '${name}'`
}

/** How many rows the server reads for the page of ten behind the 900th row of `indexed`. */
async function rowsTouched(sortKeys: SortKeys): Promise<number> {
  const own = database.pool({ connectionLimit: 1 })
  const reader = new MysqlPagingItemReader({ pool: own, select: '*', from: 'indexed', sortKeys, prefetch: false })
  await reader.open(undefined, readContext())
  await reader.readChunk(900, readContext())
  const position = reader.position()
  await reader.open(position, readContext())
  await own.query('flush status')
  expect(await reader.readChunk(10, readContext())).toHaveLength(10)
  const [rows] = await own.query<mysql.RowDataPacket[]>(`show session status like 'Handler_read%'`)
  await reader.close()
  return rows.reduce((sum, row) => sum + Number(row['Value']), 0)
}
