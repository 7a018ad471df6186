import { describe, expect, test } from 'vitest'
import { PostgresBatchItemWriter } from '../../../src/item/database/postgres-batch-item-writer.js'
import { ColumnValueError } from '../../../src/sql/column-value-error.js'
import { SqlError } from '../../../src/sql/sql-error.js'
import { freshDatabase } from '../../support/databases.js'
import { HOSTILE } from './hostile-texts.js'
import { writeChunks } from './plug-context.js'

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
  readonly k: number | string
  readonly v: string
}

describe('rows', () => {
  test('keys of an upsert are equal as the database compares them', async () => {
    await pool.query(`create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
    for (const [type, first, second] of [
      ['numeric', '1.0', '1.00'],
      ['text collate folded', 'x', 'X'],
    ] as const) {
      const name = await table(`k ${type} primary key, v text`)
      const writer = new PostgresBatchItemWriter<Pair>({
        table: name,
        columns: ['k', 'v'],
        onConflict: { columns: ['k'], do: 'update' },
      })
      await writeChunks(pool, writer, [
        { k: first, v: 'a' },
        { k: second, v: 'b' },
      ])
      expect(await rows(`select k, v from ${name}`)).toEqual([{ k: second, v: 'b' }])
    }
  })

  test('an insert that a trigger swallows is an error when rows are checked', async () => {
    const name = await table('k int primary key, v text')
    await pool.query(`create function swallow() returns trigger language plpgsql as 'begin return null; end';
      create trigger s before insert on ${name} for each row execute function swallow()`)
    const writer = new PostgresBatchItemWriter<Pair>({ table: name, columns: ['k', 'v'], checkRows: true })
    await expect(writeChunks(pool, writer, [{ k: 8, v: '' }])).rejects.toMatchObject({ expected: 1, actual: 0 })
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
