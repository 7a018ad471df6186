import { describe, expect, test } from 'vitest'
import { InvalidOptionError } from '../../../src/domain/option-error.js'
import { PostgresCopyItemWriter } from '../../../src/item/database/postgres-copy-item-writer.js'
import { UnknownColumnError, UnknownTableError } from '../../../src/item/database/writer-errors.js'
import { ColumnValueError } from '../../../src/sql/column-value-error.js'
import { SqlError } from '../../../src/sql/sql-error.js'
import { freshDatabase } from '../../support/databases.js'
import { writeChunks } from './plug-context.js'

const database = await freshDatabase()
const pool = database.pool()
await pool.query(
  `create table item (n int primary key, a text, b text[], c jsonb, y bytea, t timestamptz, f float8, v varchar(3))`,
)
const columns = ['n', 'a', 'b', 'c', 'y', 't', 'f', 'v'] as const

interface Item {
  readonly n: number
  readonly a: string | null
  readonly b?: readonly (string | null)[]
  readonly c?: unknown
  readonly y?: Buffer
  readonly t?: Date
  readonly f?: number
  readonly v?: string
}

describe('copy', () => {
  test('hostile values arrive as they are', async () => {
    const texts = [
      '',
      '\\N',
      'NULL',
      '\\.',
      '\n',
      '\r\n',
      '\t',
      '\\',
      'a\\nb',
      '\u{1f600}',
      '"',
      '{}',
      'x'.repeat(1_000_000),
    ]
    const items = texts.map((a, n) => ({
      n,
      a,
      b: [a.slice(0, 9), null, '\\'],
      c: { a: a.slice(0, 9) },
      y: Buffer.from([0, 10, 92, 255]),
      t: new Date(n * 1001),
      f: n / 3,
      v: null,
    }))
    await writeChunks(pool, new PostgresCopyItemWriter<(typeof items)[number]>({ table: 'item', columns }), items)
    expect((await pool.query('select * from item order by n')).rows).toEqual(items)
    await pool.query('truncate item')
  })

  test('what the table refuses is an SqlError, and nothing of the chunk stays', async () => {
    const writer = new PostgresCopyItemWriter<Item>({ table: 'item', columns })
    await writeChunks(pool, writer, [{ n: 1, a: null }])
    for (const bad of [
      { n: 1, a: 'twice' },
      { n: 3, a: 'a', v: 'long' },
      { n: 4, a: 'nul \0' },
    ]) {
      await expect(writeChunks(pool, writer, [{ n: 2, a: 'b' }, bad])).rejects.toThrow(SqlError)
    }
    expect((await pool.query('select n, a from item')).rows).toEqual([{ n: 1, a: null }])
  })

  test('a value without a text names its column', async () => {
    const writer = new PostgresCopyItemWriter<Item>({ table: 'item', columns })
    await expect(writeChunks(pool, writer, [{ n: 7, a: 'a', c: () => 1 }])).rejects.toThrow(ColumnValueError)
    expect((await pool.query('select n from item where n = 7')).rows).toEqual([])
  })

  test('a table or column that is not there is an error that names it', async () => {
    await expect(
      writeChunks(pool, new PostgresCopyItemWriter<Item>({ table: 'itm', columns }), [{ n: 1, a: '' }]),
    ).rejects.toThrow(UnknownTableError)
    const other = new PostgresCopyItemWriter<{ nn: number }>({ table: 'item', columns: ['nn'] })
    await expect(writeChunks(pool, other, [{ nn: 1 }])).rejects.toThrow(UnknownColumnError)
  })

  test('options that cannot work are refused', () => {
    expect(() => new PostgresCopyItemWriter({ table: 'a"b', columns: ['a'] })).toThrow(InvalidOptionError)
    expect(() => new PostgresCopyItemWriter({ table: 'a', columns: ['a'], mode: 'update' } as never)).toThrow(/mode/)
  })
})
