import { InvalidOptionError } from 'chunkwise'
import { MysqlBatchItemWriter } from 'chunkwise/mysql'
import {
  type ColumnMap,
  PostgresBatchItemWriter,
  TransactionRequiredError,
  UnknownColumnError,
  UnknownTableError,
  type WriteMode,
  WrittenRowCountError,
} from 'chunkwise/postgres'
import type mysql from 'mysql2/promise'
import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { ItemWriter } from '../../../src/item/item-writer.js'
import { MemoryTransactionManager } from '../../../src/transaction/memory-transaction-manager.js'
import { freshDatabase } from '../../support/databases.js'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'
import { HOSTILE } from './hostile-texts.js'
import { readContext, writeChunks } from './plug-context.js'

type Options<T> = WriteMode & {
  readonly table: string
  readonly columns: readonly string[] | ColumnMap<T>
  readonly naming?: 'camelCase'
  readonly checkRows?: boolean
  readonly pool?: pg.Pool | mysql.Pool
}

interface Database {
  /** The writer's class. */
  readonly owner: string
  readonly pool: pg.Pool | mysql.Pool
  readonly otherPool: () => pg.Pool | mysql.Pool
  readonly query: (sql: string) => Promise<unknown[]>
  readonly writer: <T>(options: Options<T>) => ItemWriter<T>
}

async function postgres(): Promise<Database> {
  const database = await freshDatabase()
  const pool = database.pool()
  return {
    owner: 'PostgresBatchItemWriter',
    pool,
    otherPool: () => database.pool(),
    query: (sql) => pool.query<object>(sql).then((result) => result.rows),
    writer: <T>(options: Options<T>) => new PostgresBatchItemWriter<T>(options as never),
  }
}

async function mariadb(): Promise<Database> {
  const database = await freshMysqlDatabase()
  const pool = database.pool()
  return {
    owner: 'MysqlBatchItemWriter',
    pool,
    otherPool: () => database.pool(),
    query: (sql) => pool.query(sql).then(([found]) => found as object[]),
    writer: <T>(options: Options<T>) => new MysqlBatchItemWriter<T>(options as never),
  }
}

interface Pair {
  readonly k: number | string | null
  readonly v: string
}

describe.each([await postgres(), await mariadb()])('$owner', ({ owner, pool, otherPool, query, writer }) => {
  const rows = query
  let tables = 0

  /** Makes a table and returns its name. */
  async function table(columns: string): Promise<string> {
    const name = `t_${++tables}`
    await query(`create table ${name} (${columns})`)
    return name
  }

  describe('values', () => {
    test('hostile texts arrive as they are', async () => {
      const name = await table(`n int, a ${owner.startsWith('Mysql') ? 'longtext' : 'text'}`)
      const items = HOSTILE.map((a, n) => ({ n, a }))
      await writeChunks(pool, writer<(typeof items)[number]>({ table: name, columns: ['n', 'a'] }), items)
      expect(await rows(`select * from ${name} order by n`)).toEqual(items)
    })

    test('columns come from properties in camel case, or from a map', async () => {
      const name = await table('user_name varchar(9), address_1 varchar(9)')
      interface Item {
        readonly userName: string
        readonly address1: string
      }
      await writeChunks(pool, writer<Item>({ table: name, columns: ['user_name', 'address_1'], naming: 'camelCase' }), [
        { userName: 'a', address1: 'b' },
      ])
      await writeChunks(
        pool,
        writer<Item>({
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
  })

  describe('items with the same key', () => {
    const write = async (columns: string, how: 'update' | 'nothing', ...chunks: Pair[][]): Promise<unknown[]> => {
      const name = await table(columns)
      const subject = writer<Pair>({
        table: name,
        columns: ['k', 'v'],
        onConflict: { columns: ['k'], do: how },
      })
      await writeChunks(pool, subject, ...chunks)
      return rows(`select k, v from ${name} order by k, v`)
    }

    test.each(['int', 'bigint', 'varchar(50)', 'numeric(9, 2)'])(
      'an upsert by %s ends with the last, over chunks and within one',
      async (type) => {
        const written = await write(
          `k ${type} primary key, v varchar(50)`,
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

    test('NULL equals nothing', async () => {
      for (const type of ['int', 'numeric(9, 2)']) {
        expect(
          await write(`k ${type} unique, v varchar(50)`, 'update', [
            { k: null, v: 'a' },
            { k: null, v: 'b' },
          ]),
        ).toHaveLength(2)
      }
    })

    test('with `nothing` the first stays', async () => {
      const written = await write(
        'k int primary key, v varchar(50)',
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
      const subject = writer<{ k: number }>({
        table: name,
        columns: ['k'],
        onConflict: { columns: ['k'], do: 'update' },
      })
      await writeChunks(pool, subject, [{ k: 1 }, { k: 1 }], [{ k: 1 }])
      expect(await rows(`select k from ${name}`)).toEqual([{ k: 1 }])
    })

    test('a plain insert of a key that is there is an error, and nothing of the chunk stays', async () => {
      const name = await table('k int primary key, v varchar(50)')
      const subject = writer<Pair>({ table: name, columns: ['k', 'v'] })
      await expect(
        writeChunks(pool, subject, [
          { k: 1, v: 'a' },
          { k: 1, v: 'b' },
        ]),
      ).rejects.toMatchObject({ kind: 'duplicate-key' })
      expect(await rows(`select * from ${name}`)).toEqual([])
    })
  })

  describe('update and delete', () => {
    const filled = async (type: string): Promise<string> => {
      const name = await table(`k ${type} primary key, v varchar(50)`)
      await query(`insert into ${name} values (1, 'old'), (2, 'old'), (3, 'old')`)
      return name
    }

    test.each(['int', 'numeric(9, 2)', 'varchar(9)'])(
      'rows are updated by %s, the last of equal keys wins',
      async (type) => {
        const name = await filled(type)
        const subject = writer<Pair>({
          table: name,
          columns: ['v', 'k'],
          mode: 'update',
          keyColumns: ['k'],
        })
        await writeChunks(pool, subject, [
          { k: 1, v: 'a' },
          { k: 3, v: 'b' },
          { k: 1, v: 'c' },
        ])
        expect((await rows(`select v from ${name} order by k`)).map((row) => (row as Pair).v)).toEqual([
          'c',
          'old',
          'b',
        ])
      },
    )

    test.each(['int', 'bigint'])('a row that is not there is an error that names its key (%s)', async (type) => {
      for (const mode of ['update', 'delete'] as const) {
        const name = await filled(type)
        const subject = writer<Pair>({ table: name, columns: ['k', 'v'], mode, keyColumns: ['k'] })
        const failed = await writeChunks(pool, subject, [
          { k: 1, v: 'a' },
          { k: 7, v: 'b' },
          { k: 1, v: 'c' },
        ]).catch((error: unknown) => error)
        expect(failed).toBeInstanceOf(WrittenRowCountError)
        expect(failed).toMatchObject({ expected: 2, actual: 1, missing: { k: 7 } })
        expect(await rows(`select k from ${name} where v = 'old'`)).toHaveLength(3)
      }
    })

    test('NULL as a key finds no row', async () => {
      const subject = writer<Pair>({
        table: await filled('int'),
        columns: ['k', 'v'],
        mode: 'update',
        keyColumns: ['k'],
      })
      await expect(writeChunks(pool, subject, [{ k: null, v: 'a' }])).rejects.toMatchObject({ missing: { k: null } })
    })

    test('rows are deleted; without the check one that is not there is none', async () => {
      const name = await filled('int')
      const subject = writer<Pair>({
        table: name,
        columns: ['k'],
        mode: 'delete',
        keyColumns: ['k'],
        checkRows: false,
      })
      await writeChunks(pool, subject, [
        { k: 1, v: '' },
        { k: 9, v: '' },
        { k: 1, v: '' },
      ])
      expect(await rows(`select k from ${name} order by k`)).toEqual([{ k: 2 }, { k: 3 }])
    })
  })

  describe('transactions', () => {
    test('a writer with another pool commits by itself', async () => {
      const name = await table('k int')
      const subject = writer<{ k: number }>({ pool: otherPool(), table: name, columns: ['k'] })
      const failing = {
        write: async (items: readonly { k: number }[], context: never) => {
          await subject.write(items, context)
          throw new Error('the chunk fails')
        },
      }
      await expect(writeChunks(pool, failing as never, [{ k: 1 }])).rejects.toThrow('the chunk fails')
      expect(await rows(`select k from ${name}`)).toEqual([{ k: 1 }])
    })

    test('a writer without a pool refuses a transaction of another kind', async () => {
      const subject = writer<{ k: number }>({ table: 't', columns: ['k'] })
      const transaction = await new MemoryTransactionManager().begin()
      expect(() => subject.write([{ k: 1 }], { ...readContext(), keys: ['1'], transaction } as never)).toThrow(
        TransactionRequiredError,
      )
    })
  })

  describe('bad input', () => {
    test('a table that is not there is an error with the nearest', async () => {
      await query('create table candidates (k int)')
      const subject = writer<{ k: number }>({ table: 'candidate', columns: ['k'] })
      const failed = await writeChunks(pool, subject, [{ k: 1 }]).catch((error: unknown) => error)
      expect(failed).toBeInstanceOf(UnknownTableError)
      expect(String(failed)).toContain('did you mean "candidates"')
    })

    test('a column that is not there is an error with the nearest', async () => {
      const subject = writer<{ kk: number }>({ table: await table('kkk int'), columns: ['kk'] })
      const failed = await writeChunks(pool, subject, [{ kk: 1 }]).catch((error: unknown) => error)
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
      const make = (): unknown => writer(options as never)
      expect(make).toThrow(InvalidOptionError)
      expect(make).toThrow(`${owner}.${option} `)
    })
  })
})
