import { describe, expect, test } from 'vitest'
import { InvalidOptionError } from '../../../src/domain/option-error.js'
import { PostgresBatchItemWriter } from '../../../src/item/database/postgres-batch-item-writer.js'
import {
  TransactionRequiredError,
  UnknownColumnError,
  UnknownTableError,
  WrittenRowCountError,
} from '../../../src/item/database/writer-errors.js'
import { ColumnValueError } from '../../../src/sql/column-value-error.js'
import { SqlError } from '../../../src/sql/sql-error.js'
import { MemoryTransactionManager } from '../../../src/transaction/memory-transaction-manager.js'
import { freshDatabase } from '../../support/databases.js'
import { readContext, writeChunks } from './plug-context.js'

const database = await freshDatabase()
const pool = database.pool()
const rows = async (sql: string): Promise<unknown[]> => (await pool.query(sql)).rows
let tables = 0

/** Makes a table and returns its name. */
async function table(columns: string): Promise<string> {
  const name = `t_${++tables}`
  await pool.query(`create table ${name} (${columns})`)
  return name
}

const HOSTILE = [
  '',
  'NULL',
  'null',
  '{',
  '}',
  '{a,b}',
  ',',
  '"',
  '""',
  '\\',
  '\\N',
  '\\.',
  "'",
  "'; drop table users; --",
  ' ',
  ' a ',
  'a\nb',
  'a\r\nb',
  'a\tb',
  '\u0001',
  '\u007f',
  '\u00e4\u{1f600}\u{1f468}\u200d\u{1f469}',
  '$1',
  ':x',
  '%s',
  '\\x00',
  'x'.repeat(1_000_000),
]

describe('values', () => {
  test('hostile texts arrive as they are, also within arrays and json', async () => {
    const name = await table('n int, a text, b text[], c jsonb, d varchar, e char(3)[]')
    const items = HOSTILE.map((text, n) => ({
      n,
      a: text,
      b: [text, null, text],
      c: { [text.slice(0, 9)]: [text, { text }] },
      d: text,
      e: null,
    }))
    await writeChunks(
      pool,
      new PostgresBatchItemWriter<(typeof items)[number]>({ table: name, columns: ['n', 'a', 'b', 'c', 'd', 'e'] }),
      items,
    )
    expect(await rows(`select * from ${name} order by n`)).toEqual(items)
  })

  test('every type of column takes the values it gives', async () => {
    await pool.query(
      `create type mood as enum ('ok', 'not "ok"'); create domain code as varchar(5) check (value <> 'bad')`,
    )
    const name = await table(`i2 int2, i4 int4, i8 bigint, n numeric, f4 real, f8 float8, b boolean, t timestamptz,
      l timestamp, d date, u uuid, j json, jb jsonb, y bytea, m mood, c code, i4s int[], ts text[], dd date[], js jsonb[],
      grid int[], ys bytea[], ip inet, span interval, r int4range, x xml`)
    const at = new Date('2024-03-31T00:59:59.123Z')
    const item = {
      i2: -5,
      i4: 7,
      i8: '9223372036854775807',
      n: '12345678901234567890.12345',
      f4: 0.5,
      f8: 1e-300,
      b: false,
      t: at,
      l: new Date(2024, 2, 31, 12, 30, 0, 5),
      d: new Date(2024, 1, 29),
      u: '00000000-0000-4000-8000-000000000001',
      j: 'a "string"',
      jb: { a: [1, null, { b: 'x' }] },
      y: Buffer.from([0, 1, 255, 92, 34]),
      m: 'not "ok"',
      c: 'good',
      i4s: [1, null, -3],
      ts: ['a', 'NULL', '', null],
      dd: [new Date(2024, 0, 1)],
      js: [{ a: 1 }, [1, 2], 'x'],
      grid: [
        [1, 2],
        [3, 4],
      ],
      ys: [Buffer.from([0, 92, 34])],
      ip: '10.0.0.1',
      r: '[1,5)',
      x: '<a b="c"/>',
    }
    const nothing = Object.fromEntries(Object.keys(item).map((key) => [key, null])) as unknown as typeof item
    const columns = Object.keys(item) as (keyof typeof item)[]
    await writeChunks(pool, new PostgresBatchItemWriter<typeof item>({ table: name, columns }), [
      item,
      nothing,
      {} as typeof item,
    ])
    const [read, empty, absent] = (await rows(`select ${columns.join(', ')} from ${name}`)) as (typeof item)[]
    expect(read).toEqual(item)
    expect(empty).toEqual(nothing)
    expect(absent).toEqual(nothing)
  })

  test('bigint, Infinity, NaN and negative zero are exact', async () => {
    const name = await table('a bigint, b numeric, c float8')
    const items = [
      { a: 9223372036854775807n, b: 12345678901234567890n, c: Infinity },
      { a: -1n, b: 0n, c: NaN },
      { a: 0n, b: 0n, c: -0 },
    ]
    await writeChunks(
      pool,
      new PostgresBatchItemWriter<(typeof items)[number]>({ table: name, columns: ['a', 'b', 'c'] }),
      items,
    )
    expect(await rows(`select a::text, b::text, c::text from ${name}`)).toEqual([
      { a: '9223372036854775807', b: '12345678901234567890', c: 'Infinity' },
      { a: '-1', b: '0', c: 'NaN' },
      { a: '0', b: '0', c: '-0' },
    ])
  })

  test.each([
    ['a varchar(5)', 'too long'],
    ['a char(5)', 'too long'],
    ['a int', '1.5'],
    ['a int', 'x'],
    ['a smallint', 40_000],
    ['a timestamptz', new Date(NaN)],
    ['a numeric(3)', 1234],
    ['a text', 'nul \0'],
    ['a int not null', null],
    ['a bit(2)', '101'],
    ['a varchar(3)[]', ['long']],
    ['a code', 'bad'],
  ])('%s refuses a value with the error of the database', async (column, value) => {
    const name = await table(column)
    const writer = new PostgresBatchItemWriter<{ a: unknown }>({ table: name, columns: ['a'] })
    await expect(writeChunks(pool, writer, [{ a: value }])).rejects.toThrow(SqlError)
    expect(await rows(`select * from ${name}`)).toEqual([])
  })

  test.each([[() => 1], [Symbol('x')], [Promise.resolve(1)]])(
    'what has no text is an error that names the column',
    async (value) => {
      const writer = new PostgresBatchItemWriter<{ a: unknown }>({ table: await table('a text'), columns: ['a'] })
      await expect(writeChunks(pool, writer, [{ a: value }])).rejects.toThrow(ColumnValueError)
    },
  )

  test('columns come from properties in camel case, or from a map', async () => {
    const name = await table('user_name text, address_1 text')
    interface Item {
      readonly userName: string
      readonly address1: string
    }
    await writeChunks(
      pool,
      new PostgresBatchItemWriter<Item>({ table: name, columns: ['user_name', 'address_1'], naming: 'camelCase' }),
      [{ userName: 'a', address1: 'b' }],
    )
    await writeChunks(
      pool,
      new PostgresBatchItemWriter<Item>({
        table: name,
        columns: { user_name: 'address1', address_1: (item) => item.userName.toUpperCase() },
      }),
      [{ userName: 'a', address1: 'b' }],
    )
    expect(await rows(`select * from ${name}`)).toEqual([
      { user_name: 'a', address_1: 'b' },
      { user_name: 'b', address_1: 'A' },
    ])
  })

  test('names are quoted', async () => {
    await pool.query(`create schema "Odd"; create table "Odd"."Order; drop" ("select" int, "a b" int)`)
    const writer = new PostgresBatchItemWriter<{ select: number; 'a b': number }>({
      table: 'Odd.Order; drop',
      columns: ['select', 'a b'],
    })
    await writeChunks(pool, writer, [{ select: 1, 'a b': 2 }])
    expect(await rows('select * from "Odd"."Order; drop"')).toEqual([{ select: 1, 'a b': 2 }])
  })
})

interface Pair {
  readonly k: number | string | null
  readonly v: string
}

describe('items with the same key', () => {
  const write = async (columns: string, how: 'update' | 'nothing', ...chunks: Pair[][]): Promise<unknown[]> => {
    const name = await table(columns)
    const writer = new PostgresBatchItemWriter<Pair>({
      table: name,
      columns: ['k', 'v'],
      onConflict: { columns: ['k'], do: how },
    })
    await writeChunks(pool, writer, ...chunks)
    return rows(`select k, v from ${name} order by k, v`)
  }

  test.each(['int', 'bigint', 'text', 'numeric'])(
    'an upsert by %s ends with the last, over chunks and within one',
    async (type) => {
      const written = await write(
        `k ${type} primary key, v text`,
        'update',
        [
          { k: 1, v: 'a' },
          { k: 2, v: 'b' },
          { k: 1, v: 'c' },
        ],
        [{ k: 2, v: 'd' }],
      )
      expect(written.map((row) => (row as Pair).v)).toEqual(['c', 'd'])
    },
  )

  test('keys are equal as the database compares them', async () => {
    await pool.query(`create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
    expect(
      await write('k numeric primary key, v text', 'update', [
        { k: '1.0', v: 'a' },
        { k: '1.00', v: 'b' },
      ]),
    ).toEqual([{ k: '1.00', v: 'b' }])
    expect(
      await write('k text collate folded primary key, v text', 'update', [
        { k: 'x', v: 'a' },
        { k: 'X', v: 'b' },
      ]),
    ).toEqual([{ k: 'X', v: 'b' }])
  })

  test('NULL equals nothing', async () => {
    for (const type of ['int', 'numeric']) {
      expect(
        await write(`k ${type} unique, v text`, 'update', [
          { k: null, v: 'a' },
          { k: null, v: 'b' },
        ]),
      ).toHaveLength(2)
    }
  })

  test('with `nothing` the first stays', async () => {
    const written = await write(
      'k int primary key, v text',
      'nothing',
      [
        { k: 1, v: 'a' },
        { k: 1, v: 'b' },
      ],
      [{ k: 1, v: 'c' }],
    )
    expect(written).toEqual([{ k: 1, v: 'a' }])
  })

  test('columns that are all keys can be upserted', async () => {
    const name = await table('k int primary key')
    const writer = new PostgresBatchItemWriter<{ k: number }>({
      table: name,
      columns: ['k'],
      onConflict: { columns: ['k'], do: 'update' },
    })
    await writeChunks(pool, writer, [{ k: 1 }, { k: 1 }], [{ k: 1 }])
    expect(await rows(`select k from ${name}`)).toEqual([{ k: 1 }])
  })

  test('a plain insert of a key that is there is an error, and nothing of the chunk stays', async () => {
    const name = await table('k int primary key, v text')
    const writer = new PostgresBatchItemWriter<Pair>({ table: name, columns: ['k', 'v'] })
    await expect(
      writeChunks(pool, writer, [
        { k: 1, v: 'a' },
        { k: 1, v: 'b' },
      ]),
    ).rejects.toMatchObject({ kind: 'duplicate-key' })
    expect(await rows(`select * from ${name}`)).toEqual([])
  })
})

describe('update and delete', () => {
  const filled = async (type: string): Promise<string> => {
    const name = await table(`k ${type} primary key, v text`)
    await pool.query(`insert into ${name} select i, 'old' from generate_series(1, 3) i`)
    return name
  }

  test.each(['int', 'numeric', 'text', 'varchar(9)'])(
    'rows are updated by %s, the last of equal keys wins',
    async (type) => {
      const name = await filled(type)
      const writer = new PostgresBatchItemWriter<Pair>({
        table: name,
        columns: ['v', 'k'],
        mode: 'update',
        keyColumns: ['k'],
      })
      await writeChunks(pool, writer, [
        { k: 1, v: 'a' },
        { k: 3, v: 'b' },
        { k: 1, v: 'c' },
      ])
      expect((await rows(`select v from ${name} order by k`)).map((row) => (row as Pair).v)).toEqual(['c', 'old', 'b'])
    },
  )

  test.each(['int', 'numeric'])('a row that is not there is an error that names its key (%s)', async (type) => {
    for (const mode of ['update', 'delete'] as const) {
      const name = await filled(type)
      const writer = new PostgresBatchItemWriter<Pair>({ table: name, columns: ['k', 'v'], mode, keyColumns: ['k'] })
      const failed = await writeChunks(pool, writer, [
        { k: 1, v: 'a' },
        { k: 7, v: 'b' },
        { k: 1, v: 'c' },
      ]).catch((error: unknown) => error)
      expect(failed).toBeInstanceOf(WrittenRowCountError)
      expect(failed).toMatchObject({ expected: 2, actual: 1, missing: { k: 7 } })
      expect(await rows(`select count(*)::int as n from ${name} where v = 'old'`)).toEqual([{ n: 3 }])
    }
  })

  test('NULL as a key finds no row', async () => {
    const writer = new PostgresBatchItemWriter<Pair>({
      table: await filled('int'),
      columns: ['k', 'v'],
      mode: 'update',
      keyColumns: ['k'],
    })
    await expect(writeChunks(pool, writer, [{ k: null, v: 'a' }])).rejects.toMatchObject({ missing: { k: null } })
  })

  test('rows are deleted; without the check one that is not there is none', async () => {
    const name = await filled('int')
    const writer = new PostgresBatchItemWriter<Pair>({
      table: name,
      columns: ['k'],
      mode: 'delete',
      keyColumns: ['k'],
      checkRows: false,
    })
    await writeChunks(pool, writer, [
      { k: 1, v: '' },
      { k: 9, v: '' },
      { k: 1, v: '' },
    ])
    expect(await rows(`select k from ${name} order by k`)).toEqual([{ k: 2 }, { k: 3 }])
  })

  test('an insert that a trigger swallows is an error when rows are checked', async () => {
    const name = await filled('int')
    await pool.query(`create function swallow() returns trigger language plpgsql as 'begin return null; end';
      create trigger s before insert on ${name} for each row execute function swallow()`)
    const writer = new PostgresBatchItemWriter<Pair>({ table: name, columns: ['k', 'v'], checkRows: true })
    await expect(writeChunks(pool, writer, [{ k: 8, v: '' }])).rejects.toMatchObject({ expected: 1, actual: 0 })
  })
})

describe('transactions', () => {
  test('a writer with another pool commits by itself', async () => {
    const name = await table('k int')
    const writer = new PostgresBatchItemWriter<{ k: number }>({ pool: database.pool(), table: name, columns: ['k'] })
    const failing = {
      write: async (items: readonly { k: number }[], context: never) => {
        await writer.write(items, context)
        throw new Error('the chunk fails')
      },
    }
    await expect(writeChunks(pool, failing as never, [{ k: 1 }])).rejects.toThrow('the chunk fails')
    expect(await rows(`select k from ${name}`)).toEqual([{ k: 1 }])
  })

  test('a writer without a pool refuses a transaction of another kind', async () => {
    const writer = new PostgresBatchItemWriter<{ k: number }>({ table: 't', columns: ['k'] })
    const transaction = await new MemoryTransactionManager().begin()
    expect(() => writer.write([{ k: 1 }], { ...readContext(), keys: ['1'], transaction } as never)).toThrow(
      TransactionRequiredError,
    )
  })

  test('a temporary table and the search path are found', async () => {
    const own = database.pool({ max: 1 })
    await own.query('create temporary table fleeting (k int)')
    await writeChunks(own, new PostgresBatchItemWriter<{ k: number }>({ table: 'fleeting', columns: ['k'] }), [
      { k: 1 },
    ])
    expect((await own.query('select k from fleeting')).rows).toEqual([{ k: 1 }])
  })
})

describe('bad input', () => {
  test('a table that is not there is an error with the nearest', async () => {
    await pool.query('create table candidates (k int)')
    const writer = new PostgresBatchItemWriter<{ k: number }>({ table: 'candidate', columns: ['k'] })
    const failed = await writeChunks(pool, writer, [{ k: 1 }]).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(UnknownTableError)
    expect(String(failed)).toContain('did you mean "candidates"')
  })

  test('a column that is not there is an error with the nearest', async () => {
    const writer = new PostgresBatchItemWriter<{ kk: number }>({ table: await table('kkk int'), columns: ['kk'] })
    const failed = await writeChunks(pool, writer, [{ kk: 1 }]).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(UnknownColumnError)
    expect(String(failed)).toContain('did you mean "kkk"')
  })

  const base = { table: 't', columns: ['a', 'b'] }
  test.each([
    ['table', { ...base, table: 'a"b' }],
    ['table', { ...base, table: '' }],
    ['columns', { ...base, columns: [] }],
    ['columns', { ...base, columns: ['a', 'a'] }],
    ['columns', { ...base, columns: ['a.b'] }],
    ['columns', { ...base, columns: undefined }],
    ['columns.a', { ...base, columns: { a: 7 } }],
    ['naming', { ...base, naming: 'x' }],
    ['mode', { ...base, mode: 'merge' }],
    ['keyColumns', { ...base, mode: 'update' }],
    ['keyColumns', { ...base, mode: 'delete', keyColumns: ['c'] }],
    ['keyColumns', { ...base, keyColumns: ['a'] }],
    ['columns', { ...base, mode: 'update', keyColumns: ['a', 'b'] }],
    ['onConflict', { ...base, mode: 'update', keyColumns: ['a'], onConflict: { columns: ['a'], do: 'update' } }],
    ['onConflict.do', { ...base, onConflict: { columns: ['a'], do: 'replace' } }],
    ['onConflict.columns', { ...base, onConflict: { columns: ['c'], do: 'update' } }],
    ['checkRows', { ...base, onConflict: { columns: ['a'], do: 'update' }, checkRows: true }],
    ['pool', { ...base, pool: 7 }],
  ])('the option %s is refused when it cannot work: %#', (option, options) => {
    const make = (): unknown => new PostgresBatchItemWriter(options as never)
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(`PostgresBatchItemWriter.${option} `)
  })
})
