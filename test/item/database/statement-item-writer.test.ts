import { InvalidOptionError } from 'chunkwise'
import { MysqlStatementItemWriter } from 'chunkwise/mysql'
import { PostgresStatementItemWriter, WrittenRowCountError } from 'chunkwise/postgres'
import type mysql from 'mysql2/promise'
import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { ItemWriter } from '../../../src/item/item-writer.js'
import type { StatementOptions } from '../../../src/item/database/statement-item-writer.js'
import { freshDatabase } from '../../support/databases.js'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'
import { writeChunks } from './plug-context.js'

interface Database {
  readonly owner: string
  readonly pool: pg.Pool | mysql.Pool
  readonly query: (sql: string) => Promise<unknown[]>
  readonly writer: <T>(options: StatementOptions<T>) => ItemWriter<T>
  readonly wrong: string
}

async function postgres(): Promise<Database> {
  const pool = (await freshDatabase()).pool()
  await pool.query('create table item (id int primary key, name text, at timestamptz, extra jsonb)')
  return {
    owner: 'PostgresStatementItemWriter',
    pool,
    query: (sql) => pool.query<object>(sql).then(({ rows }) => rows),
    writer: (options) => new PostgresStatementItemWriter(options),
    wrong: '$1',
  }
}

async function mariadb(): Promise<Database> {
  const pool = (await freshMysqlDatabase()).pool()
  await pool.query('create table item (id int primary key, name text, at datetime(3), extra json)')
  return {
    owner: 'MysqlStatementItemWriter',
    pool,
    query: (sql) => pool.query(sql).then(([rows]) => rows as object[]),
    writer: (options) => new MysqlStatementItemWriter(options),
    wrong: '?',
  }
}

interface Item {
  readonly id: number
  readonly name: string | undefined
}

const insert = 'insert into item (id, name) values (:id, :name)'

describe.each([await postgres(), await mariadb()])('$owner', ({ owner, pool, query, writer, wrong }) => {
  const read = (): Promise<unknown[]> => query('select id, name from item order by id')

  test('properties are bound by name, hostile ones too', async () => {
    const name = `x'); drop table item; --`
    await writeChunks(pool, writer<Item>({ sql: insert }), [
      { id: 1, name },
      { id: 2, name: undefined },
    ])
    expect(await read()).toEqual([
      { id: 1, name },
      { id: 2, name: null },
    ])
  })

  test('parameters of all kinds are bound', async () => {
    const at = new Date('2024-02-29T10:00:00.123Z')
    const subject = writer<Item>({
      sql: 'update item set at = :at, extra = :extra where id = :id and id <= :id',
      parameters: ({ id }, { keys }) => ({ id, at, extra: { keys } }),
    })
    await writeChunks(pool, subject, [{ id: 1, name: '' }])
    expect(await query('select at, extra from item where id = 1')).toEqual([{ at, extra: { keys: ['0'] } }])
  })

  test('a failed statement says which item it was, and nothing of the chunk stays', async () => {
    const subject = writer<Item>({ sql: insert })
    const items = [
      { id: 3, name: 'c' },
      { id: 4, name: 'd' },
      { id: 1, name: 'twice' },
    ]
    await expect(writeChunks(pool, subject, items)).rejects.toMatchObject({ kind: 'duplicate-key', statementIndex: 2 })
    expect(await read()).toHaveLength(2)
  })

  test('with checkRows a statement that changes nothing is an error', async () => {
    const options = { sql: 'update item set name = :name where id = :id' }
    const items = [
      { id: 1, name: 'a' },
      { id: 9, name: 'b' },
    ]
    await writeChunks(pool, writer<Item>(options), items)
    const failed = await writeChunks(pool, writer<Item>({ ...options, checkRows: true }), items).catch(
      (error: unknown) => error,
    )
    expect(failed).toBeInstanceOf(WrittenRowCountError)
    expect(failed).toMatchObject({ expected: 2, actual: 1, missing: { index: 1 } })
  })

  test('a property that is not there is an error with the nearest', async () => {
    const subject = writer<{ id: number; nme: string }>({ sql: insert })
    await expect(writeChunks(pool, subject, [{ id: 5, nme: 'x' }])).rejects.toThrow(/parameters\.name .*it has "nme"/)
  })

  test.each([
    ['sql', { sql: '' }],
    ['parameters', { sql: insert, parameters: { id: 1 } }],
    ['checkRows', { sql: insert, checkRows: 1 }],
  ])('the option %s is refused when it cannot work: %#', (option, options) => {
    const make = (): unknown => writer(options as never)
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(`${owner}.${option} `)
  })

  test("the driver's own placeholders are refused", () => {
    expect(() => writer({ sql: `update item set name = ${wrong}` })).toThrow(/:name parameters/)
  })
})
