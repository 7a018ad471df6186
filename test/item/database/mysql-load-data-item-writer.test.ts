import { InvalidOptionError, SqlError } from 'chunkwise'
import {
  ColumnValueError,
  LocalInfileDisabledError,
  MysqlLoadDataItemWriter,
  UnknownColumnError,
  UnknownTableError,
} from 'chunkwise/mysql'
import { describe, expect, test } from 'vitest'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'
import { HOSTILE } from './hostile-texts.js'
import { writeChunks } from './plug-context.js'

const database = await freshMysqlDatabase()
const pool = database.pool({ timezone: 'Z' })
await pool.query(`create table item (
  n int primary key, a longtext, doc json, y varbinary(9), b binary(3), t datetime(3), d date, f double, v varchar(3), u bigint unsigned,
  bits bit(40), flag boolean, e enum('x', 'y')
)`)

interface Item {
  readonly n: number
  readonly a?: string | null
  readonly doc?: unknown
  readonly v?: string
}

const rows = async (sql: string): Promise<unknown[]> => (await pool.query(sql))[0] as unknown[]

describe('load data', () => {
  test.each(['STRICT_TRANS_TABLES', 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,STRICT_ALL_TABLES'])(
    'hostile values of every kind arrive as they are, with sql_mode %s',
    async (mode) => {
      const items = [...HOSTILE, 'nul \0', '\b\u001a', 'x'.repeat(200_000)].map((a, n) => ({
        n,
        a,
        doc: { a: a.slice(0, 9) },
        y: Buffer.from([0, 10, 92, 255]),
        b: Buffer.from([9, 13, 92]),
        t: new Date(n * 1001),
        d: new Date('2024-02-29T00:00:00Z'),
        f: n / 3,
        v: null,
        u: 18446744073709551615n,
        bits: Buffer.from([255, 0, 9, 10, 92]),
        flag: n % 2 === 0,
        e: 'y',
      }))
      const own = database.pool({ connectionLimit: 1, timezone: 'Z' })
      await own.query('set session sql_mode = ?', [mode])
      const columns = Object.keys(items[0] ?? {}) as (keyof (typeof items)[number])[]
      await writeChunks(own, new MysqlLoadDataItemWriter<(typeof items)[number]>({ table: 'item', columns }), items)
      const read = `select n, a, doc, y, b, t, d, f, v, cast(u as char) as u, bits, flag, e from item order by n`
      expect(await rows(read)).toEqual(items.map((item) => ({ ...item, u: String(item.u), flag: Number(item.flag) })))
      await pool.query('delete from item')
    },
  )

  test('what the server would only warn of is an SqlError, and nothing of the chunk stays', async () => {
    const columns = ['n', 'a', 'doc', 'v'] as const
    const writer = new MysqlLoadDataItemWriter<Item>({ table: 'item', columns: [...columns] })
    await writeChunks(pool, writer, [{ n: 1, a: null }])
    await expect(writeChunks(pool, writer, [{ n: 2 }, { n: 1, a: 'twice' }])).rejects.toMatchObject({
      kind: 'duplicate-key',
    })
    for (const bad of [{ n: 3, v: 'long' }, { n: 'x' }, { n: 3_000_000_000 }, { n: null }]) {
      await expect(writeChunks(pool, writer, [{ n: 2, a: 'b' }, bad as never])).rejects.toThrow(SqlError)
    }
    expect(await rows('select n, a from item')).toEqual([{ n: 1, a: null }])
  })

  test('a value that cannot be sent names its column', async () => {
    const writer = new MysqlLoadDataItemWriter<Item>({ table: 'item', columns: ['n', 'a', 'doc', 'v'] })
    await expect(writeChunks(pool, writer, [{ n: 7, a: 'a', doc: () => 1 }])).rejects.toThrow(ColumnValueError)
    expect(await rows('select n from item where n = 7')).toEqual([])
  })

  test('a table or column that is not there is an error that names it', async () => {
    const unknown = new MysqlLoadDataItemWriter<{ n: number }>({ table: 'itm', columns: ['n'] })
    await expect(writeChunks(pool, unknown, [{ n: 1 }])).rejects.toThrow(UnknownTableError)
    const other = new MysqlLoadDataItemWriter<{ nn: number }>({ table: 'item', columns: ['nn'] })
    await expect(writeChunks(pool, other, [{ nn: 1 }])).rejects.toThrow(UnknownColumnError)
  })

  test('a pool that forbids it is an error that names the flag', async () => {
    const writer = new MysqlLoadDataItemWriter<Item>({ table: 'item', columns: { n: 'n' } })
    const failed = await writeChunks(database.pool({ flags: ['-LOCAL_FILES'] }), writer, [{ n: 9 }]).catch(
      (error: unknown) => error,
    )
    expect(failed).toBeInstanceOf(LocalInfileDisabledError)
    expect(failed).toMatchObject({ by: 'pool', message: expect.stringContaining('-LOCAL_FILES') })
  })

  test('options that cannot work are refused', () => {
    expect(() => new MysqlLoadDataItemWriter({ table: 'a"b', columns: ['a'] })).toThrow(InvalidOptionError)
    expect(() => new MysqlLoadDataItemWriter({ table: 'a', columns: ['a'], mode: 'update' } as never)).toThrow(/mode/)
  })
})
