import { SqlError } from 'chunkwise'
import { ColumnValueError, MysqlBatchItemWriter, MysqlPagingItemReader, NoUniqueKeyError } from 'chunkwise/mysql'
import type mysql from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'
import { readAll, writeChunks } from './plug-context.js'

const database = await freshMysqlDatabase()
const pool = database.pool({ multipleStatements: true, timezone: 'Z' })
const rows = async (sql: string): Promise<unknown[]> => (await pool.query(sql))[0] as unknown[]
let tables = 0

/** Makes a table and returns its name. */
async function table(columns: string): Promise<string> {
  const name = `t_${++tables}`
  await pool.query(`create table ${name} (${columns})`)
  return name
}

interface Pair {
  readonly k: number | string | null
  readonly v: string | null
}

describe('values', () => {
  test('every type of column takes the values it gives', async () => {
    const name =
      await table(`i1 tinyint, i4 int, i8 bigint, u8 bigint unsigned, n decimal(30, 10), f4 float, f8 double, b boolean,
      at datetime(6), ts timestamp(3) null, d date, t time(3), y year, c char(5), v varchar(50), txt longtext, bin binary(4),
      vb varbinary(9), bl longblob, bits bit(12), e enum('not "ok"', 'ok'), s set('a', 'b'), doc json`)
    const item = {
      i1: -5,
      i4: 7,
      i8: -7,
      u8: 8,
      n: '12345678901234567890.1234500000',
      f4: 0.5,
      f8: 1e-300,
      b: 1,
      at: new Date('2024-03-31T00:59:59.123Z'),
      ts: new Date('2024-03-31T02:59:59.123Z'),
      d: new Date('2024-02-29T00:00:00Z'),
      t: '-25:00:00.500',
      y: 2024,
      c: 'ä',
      v: '\\',
      txt: "it's 😀",
      bin: Buffer.from([0, 1, 255, 92]),
      vb: Buffer.from([0, 39]),
      bl: Buffer.from([255, 0]),
      bits: Buffer.from([0x0a, 0xbc]),
      e: 'not "ok"',
      s: 'a,b',
      doc: { a: [1, null, { b: 'x' }] },
    }
    const nothing = Object.fromEntries(Object.keys(item).map((key) => [key, null])) as unknown as typeof item
    const columns = Object.keys(item) as (keyof typeof item)[]
    const writer = new MysqlBatchItemWriter<typeof item>({ table: name, columns })
    await writeChunks(pool, writer, [item, nothing, {} as typeof item])
    expect(await rows(`select * from ${name}`)).toEqual([item, nothing, nothing])
  })

  test('bigint, microseconds, bits and JSON texts are exact', async () => {
    const name = await table('a bigint unsigned, at datetime(6), bits bit(64), flag bit(1), doc json')
    const item = {
      a: 18446744073709551615n,
      at: '2024-02-29 10:00:00.123456',
      bits: 9007199254740993n,
      flag: true,
      doc: 'a "text"',
    }
    const columns = ['a', 'at', 'bits', 'flag', 'doc'] as const
    await writeChunks(pool, new MysqlBatchItemWriter<typeof item>({ table: name, columns: [...columns] }), [item])
    const read = `select cast(a as char) a, cast(at as char) at, cast(bits + 0 as char) bits, flag + 0 flag, doc`
    expect(await rows(`${read} from ${name}`)).toEqual([
      {
        a: '18446744073709551615',
        at: '2024-02-29 10:00:00.123456',
        bits: '9007199254740993',
        flag: 1,
        doc: 'a "text"',
      },
    ])
  })

  test.each([-1, 2.5, true, 1e300])('what a refused %s was does not change the values after it', async (refused) => {
    const name = await table('u bigint unsigned check (u > 9), v varchar(30)')
    const items = ['9007199254740993', 18446744073709551615n].map((u) => ({ u, v: ' 7' }))
    const writer = new MysqlBatchItemWriter<{ u: unknown; v: unknown }>({ table: name, columns: ['u', 'v'] })
    // One connection, so that the statement is the same one.
    const own = database.pool({ connectionLimit: 1 })
    await expect(writeChunks(own, writer, [{ u: refused, v: refused }])).rejects.toThrow(SqlError)
    for (const item of items) await writeChunks(own, writer, [item])
    expect(await rows(`select cast(u as char) as u, v from ${name} order by u`)).toEqual([
      { u: '18446744073709551615', v: ' 7' },
      { u: '9007199254740993', v: ' 7' },
    ])
  })

  test('a Date is written as the driver reads it, whatever the time zone of the pool', async () => {
    const name = await table('k int primary key, at datetime(3)')
    for (const [k, timezone] of ['local', 'Z', '+05:30'].entries()) {
      const own = database.pool({ timezone })
      const at = new Date('2024-07-01T12:00:00.005Z')
      await writeChunks(own, new MysqlBatchItemWriter<{ k: number; at: Date }>({ table: name, columns: ['k', 'at'] }), [
        { k, at },
      ])
      const [[row]] = await own.query<mysql.RowDataPacket[]>(`select at from ${name} where k = ?`, [k])
      expect(row?.['at']).toEqual(at)
    }
  })

  test.each([
    ['a varchar(5)', 'too long'],
    ['a int', '1.5x'],
    ['a int', 'x'],
    ['a smallint', 40_000],
    ['a datetime', new Date(NaN)],
    ['a decimal(3)', 1234],
    ['a int not null', null],
    ['a bit(2)', 5],
    ['a bit(2)', -1],
    ["a enum('x')", 'y'],
    ['a json', undefined],
    ['a date', '2024-02-30'],
    ['a float', Infinity],
  ])('%s refuses a value with the error of the database', async (column, value) => {
    const name = await table(`${column}${value === undefined ? ' not null' : ''}`)
    const writer = new MysqlBatchItemWriter<{ a: unknown }>({ table: name, columns: ['a'] })
    await expect(writeChunks(pool, writer, [{ a: value }])).rejects.toThrow(SqlError)
    expect(await rows(`select * from ${name}`)).toEqual([])
  })

  test.each([[() => 1], [Symbol('x')], [Promise.resolve(1)]])(
    'what cannot be sent is an error that names the column',
    async (value) => {
      const writer = new MysqlBatchItemWriter<{ a: unknown }>({ table: await table('a text'), columns: ['a'] })
      await expect(writeChunks(pool, writer, [{ a: value }])).rejects.toThrow(ColumnValueError)
    },
  )

  test('what a reader gives is written as it was', async () => {
    const columns =
      "id bigint primary key, at datetime(6), n decimal(20, 5), doc json, bits bit(3), e enum('a', 'b'), f float, y year"
    const [from, to] = [await table(columns), await table(columns)]
    await pool.query(
      `insert into ${from} values (9007199254740993, '2024-02-29 10:00:00.123456', 1.50, '{"a":[1]}', 5, 'b', 0.1, 1999)`,
    )
    const types = { id: 'bigint', at: 'string' } as const
    const reader = new MysqlPagingItemReader<Record<string, unknown>>({
      pool,
      select: '*',
      from,
      sortKeys: { id: 'asc' },
      types,
    })
    const items = await readAll(reader)
    await writeChunks(pool, new MysqlBatchItemWriter({ table: to, columns: Object.keys(items[0] ?? {}) }), items)
    expect(await rows(`select * from ${to} natural join ${from}`)).toHaveLength(1)
  })

  test.each(['ANSI_QUOTES,STRICT_ALL_TABLES', 'NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES', ''])(
    'names and texts are what they are with sql_mode %s',
    async (mode) => {
      await pool.query('drop table if exists `odd``name`; create table `odd``name` (`a``b` varchar(20))')
      const own = database.pool({ connectionLimit: 1 })
      await own.query('set session sql_mode = ?', [mode])
      const writer = new MysqlBatchItemWriter<Record<string, string>>({ table: 'odd`name', columns: ['a`b'] })
      await writeChunks(own, writer, [{ 'a`b': `'"\\` }])
      expect(await rows('select * from `odd``name`')).toEqual([{ 'a`b': `'"\\` }])
    },
  )
})

describe('upserts', () => {
  const upsert = async (
    columns: string,
    how: 'update' | 'nothing',
    keys: readonly string[],
    ...chunks: Record<string, unknown>[][]
  ): Promise<unknown[]> => {
    const name = await table(columns)
    const names = Object.keys(chunks[0]?.[0] ?? {})
    const onConflict = { columns: keys, do: how }
    await writeChunks(pool, new MysqlBatchItemWriter({ table: name, columns: names, onConflict }), ...chunks)
    return rows(`select ${names.join(', ')} from ${name} order by 1`)
  }

  test('keys are equal as the database compares them, and the row keeps its own', async () => {
    const type = 'varchar(9) collate utf8mb4_general_ci'
    expect(
      await upsert(
        `k ${type} primary key, v text`,
        'update',
        ['k'],
        [
          { k: 'x', v: 'a' },
          { k: 'X ', v: 'b' },
        ],
      ),
    ).toEqual([{ k: 'x', v: 'b' }])
  })

  test.each(['update', 'nothing'] as const)(
    'a row that is there by another unique key is a duplicate key, not a row to %s',
    async (how) => {
      const columns = 'k int primary key, mail varchar(20) unique, v varchar(9)'
      const failed = await upsert(
        columns,
        how,
        ['k'],
        [{ k: 1, mail: 'a', v: 'old' }],
        [{ k: 2, mail: 'a', v: 'new' }],
      ).catch((error: unknown) => error)
      expect(failed).toMatchObject({ kind: 'duplicate-key', message: expect.stringContaining('another unique key') })
      expect(await rows(`select * from t_${tables}`)).toEqual([{ k: 1, mail: 'a', v: 'old' }])
      expect(
        await upsert(columns, how, ['mail'], [{ k: 1, mail: 'a', v: 'old' }], [{ k: 2, mail: 'a', v: 'new' }]),
      ).toEqual([how === 'update' ? { k: 2, mail: 'a', v: 'new' } : { k: 1, mail: 'a', v: 'old' }])
    },
  )

  test.each([
    'datetime(6)',
    'decimal(65, 30)',
    'binary(10)',
    "enum('2024-01-01')",
    'date',
    'varchar(20) collate utf8mb4_bin',
  ])('a key of type %s finds its row', async (type) => {
    const written = await upsert(
      `k ${type} primary key, v text`,
      'update',
      ['k'],
      [{ k: type.startsWith('decimal') ? '1.5' : '2024-01-01', v: 'a' }],
      [{ k: type.startsWith('decimal') ? '1.5' : '2024-01-01', v: 'b' }],
    )
    expect(written).toMatchObject([{ v: 'b' }])
  })

  test('columns that are no unique key are refused, since every item would be inserted', async () => {
    for (const columns of ['k int, v text', 'k int, v varchar(9), unique (k, v)', 'k int, v varchar(9), key (k)']) {
      const failed = await upsert(columns, 'update', ['k'], [{ k: 1, v: 'a' }]).catch((error: unknown) => error)
      expect(failed).toBeInstanceOf(NoUniqueKeyError)
    }
  })
})

describe('update and delete', () => {
  test('keys beyond 2^53 find their own row', async () => {
    const name = await table('k bigint primary key, v varchar(9)')
    await pool.query(
      `insert into ${name} values (9007199254740992, 'a'), (9007199254740993, 'b'), (9007199254740994, 'c')`,
    )
    const options = { table: name, columns: ['k', 'v'], keyColumns: ['k'] } as const
    const item = { k: '9007199254740993', v: 'new' }
    await writeChunks(pool, new MysqlBatchItemWriter<Pair>({ ...options, columns: ['k', 'v'], mode: 'update' }), [item])
    expect(await rows(`select v from ${name} order by k`)).toEqual([{ v: 'a' }, { v: 'new' }, { v: 'c' }])
    await writeChunks(pool, new MysqlBatchItemWriter<Pair>({ ...options, columns: ['k', 'v'], mode: 'delete' }), [item])
    expect(await rows(`select v from ${name} order by k`)).toEqual([{ v: 'a' }, { v: 'c' }])
  })

  test('unsigned keys beyond 2^63 find their own row', async () => {
    const name = await table('k bigint unsigned primary key, v varchar(9)')
    await pool.query(
      `insert into ${name} values (9223372036854775807, 'a'), (18446744073709551614, 'b'), (18446744073709551615, 'c')`,
    )
    const options = { table: name, columns: ['k', 'v'], keyColumns: ['k'] } as const
    const item = { k: '18446744073709551614', v: 'new' }
    await writeChunks(pool, new MysqlBatchItemWriter<Pair>({ ...options, columns: ['k', 'v'], mode: 'update' }), [item])
    expect(await rows(`select v from ${name} order by k`)).toEqual([{ v: 'a' }, { v: 'new' }, { v: 'c' }])
    await writeChunks(pool, new MysqlBatchItemWriter<Pair>({ ...options, columns: ['k', 'v'], mode: 'delete' }), [item])
    expect(await rows(`select v from ${name} order by k`)).toEqual([{ v: 'a' }, { v: 'c' }])
  })

  test('a row that is updated to what it was counts as written', async () => {
    const name = await table('k int primary key, v varchar(9)')
    await pool.query(`insert into ${name} values (1, 'a')`)
    const writer = new MysqlBatchItemWriter<Pair>({
      table: name,
      columns: ['k', 'v'],
      mode: 'update',
      keyColumns: ['k'],
    })
    await writeChunks(pool, writer, [{ k: 1, v: 'a' }])
    await expect(writeChunks(pool, writer, [{ k: 2, v: 'a' }])).rejects.toMatchObject({
      code: 'BATCH_WRITTEN_ROW_COUNT',
    })
    expect(await rows(`select k, v from ${name}`)).toEqual([{ k: 1, v: 'a' }])
  })

  test('two texts that the database calls equal delete one row, and no row is missing', async () => {
    const name = await table('k varchar(9) collate utf8mb4_general_ci primary key, v varchar(9)')
    await pool.query(`insert into ${name} values ('x', 'a'), ('y', 'b')`)
    const writer = new MysqlBatchItemWriter<Pair>({
      table: name,
      columns: ['k', 'v'],
      mode: 'delete',
      keyColumns: ['k'],
    })
    await writeChunks(pool, writer, [
      { k: 'x', v: '' },
      { k: 'X', v: '' },
    ])
    expect(await rows(`select k from ${name}`)).toEqual([{ k: 'y' }])
    const failed = await writeChunks(pool, writer, [
      { k: 'Y', v: '' },
      { k: 'z', v: '' },
    ]).catch((error: unknown) => error)
    expect(failed).toMatchObject({ missing: { k: 'z' } })
    expect(await rows(`select k from ${name}`)).toEqual([{ k: 'y' }])
  })

  test('NULL as a key finds no row', async () => {
    const name = await table('k int, v varchar(9)')
    await pool.query(`insert into ${name} values (null, 'a')`)
    const writer = new MysqlBatchItemWriter<Pair>({
      table: name,
      columns: ['k', 'v'],
      mode: 'update',
      keyColumns: ['k'],
    })
    await expect(writeChunks(pool, writer, [{ k: null, v: 'b' }])).rejects.toMatchObject({ missing: { k: null } })
  })
})

describe('sizes', () => {
  test('a chunk of more than 65,535 values is written in several statements', async () => {
    const columns = Array.from({ length: 100 }, (_, i) => `c${i}`)
    const name = await table(columns.map((column) => `${column} int`).join(', '))
    const items = Array.from({ length: 1500 }, (_, n) =>
      Object.fromEntries(columns.map((column, i) => [column, n * 100 + i])),
    )
    await writeChunks(pool, new MysqlBatchItemWriter({ table: name, columns, checkRows: true }), items)
    expect(await rows(`select count(*) as n, sum(c99) as s from ${name}`)).toEqual([{ n: 1500, s: '112573500' }])
  })

  test('a chunk of more bytes than a packet has is written in several statements', async () => {
    const name = await table('n int, a longtext, b longblob')
    const [{ size }] = (await rows('select @@max_allowed_packet as size')) as [{ size: number }]
    const a = '😀'.repeat(Math.floor(size / 40))
    const items = Array.from({ length: 14 }, (_, n) => ({ n, a, b: Buffer.alloc(1000) }))
    await writeChunks(
      pool,
      new MysqlBatchItemWriter<(typeof items)[number]>({ table: name, columns: ['n', 'a', 'b'] }),
      items,
    )
    expect(await rows(`select count(*) as n, min(length(a)) as l from ${name}`)).toEqual([
      { n: 14, l: Buffer.byteLength(a) },
    ])
  })

  test('a row that no packet takes is an error of its item, not the loss of the connection', async () => {
    const name = await table('n int, a longtext')
    const [{ size }] = (await rows('select @@max_allowed_packet as size')) as [{ size: number }]
    const writer = new MysqlBatchItemWriter<{ n: number; a: string }>({ table: name, columns: ['n', 'a'] })
    await expect(writeChunks(pool, writer, [{ n: 1, a: 'x'.repeat(size) }])).rejects.toMatchObject({
      kind: 'other',
      transient: false,
      message: expect.stringContaining('max_allowed_packet'),
    })
  })

  test('chunks of many sizes need few prepared statements', async () => {
    const name = await table('n int')
    const own = database.pool({ connectionLimit: 1 })
    const writer = new MysqlBatchItemWriter<{ n: number }>({ table: name, columns: ['n'] })
    const chunks = [64, ...Array.from({ length: 60 }, (_, i) => i + 1)].map((size) =>
      Array.from({ length: size }, (_, n) => ({ n })),
    )
    await writeChunks(own, writer, ...chunks)
    expect(await rows(`select count(*) as n from ${name}`)).toEqual([{ n: 64 + (60 * 61) / 2 }])
    const [status] = await own.query<mysql.RowDataPacket[]>(`show session status like 'Com_stmt_prepare'`)
    expect(Number(status[0]?.['Value'])).toBeLessThan(12)
  })
})
