import { describe, expect, test } from 'vitest'
import { InvalidOptionError } from '../../../src/domain/option-error.js'
import { PostgresStatementItemWriter } from '../../../src/item/database/postgres-statement-item-writer.js'
import { WrittenRowCountError } from '../../../src/item/database/writer-errors.js'
import { freshDatabase } from '../../support/databases.js'
import { writeChunks } from './plug-context.js'

const database = await freshDatabase()
const pool = database.pool()
await pool.query('create table item (id int primary key, name text, at timestamptz, tags text[], extra jsonb)')
const read = async (): Promise<unknown[]> => (await pool.query('select id, name from item order by id')).rows

interface Item {
  readonly id: number
  readonly name: string | undefined
}

const insert = 'insert into item (id, name) values (:id, :name)'

describe('statement per item', () => {
  test('properties are bound by name, hostile ones too', async () => {
    const name = `x'); drop table item; --`
    await writeChunks(pool, new PostgresStatementItemWriter<Item>({ sql: insert }), [
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
    const writer = new PostgresStatementItemWriter<Item>({
      sql: 'update item set at = :at, tags = :tags, extra = :extra where id = :id',
      parameters: ({ id }, { keys }) => ({ id, at, tags: ['a', null], extra: { keys } }),
    })
    await writeChunks(pool, writer, [{ id: 1, name: '' }])
    expect((await pool.query('select at, tags, extra from item where id = 1')).rows).toEqual([
      { at, tags: ['a', null], extra: { keys: ['0'] } },
    ])
  })

  test('a failed statement says which item it was, and nothing of the chunk stays', async () => {
    const writer = new PostgresStatementItemWriter<Item>({ sql: insert })
    const items = [
      { id: 3, name: 'c' },
      { id: 4, name: 'd' },
      { id: 1, name: 'twice' },
    ]
    await expect(writeChunks(pool, writer, items)).rejects.toMatchObject({ kind: 'duplicate-key', statementIndex: 2 })
    expect(await read()).toHaveLength(2)
  })

  test('with checkRows a statement that changes nothing is an error', async () => {
    const options = { sql: 'update item set name = :name where id = :id' }
    const items = [
      { id: 1, name: 'a' },
      { id: 9, name: 'b' },
    ]
    await writeChunks(pool, new PostgresStatementItemWriter<Item>(options), items)
    const failed = await writeChunks(
      pool,
      new PostgresStatementItemWriter<Item>({ ...options, checkRows: true }),
      items,
    ).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(WrittenRowCountError)
    expect(failed).toMatchObject({ expected: 2, actual: 1, missing: { index: 1 } })
  })

  test('a property that is not there is an error with the nearest', async () => {
    const writer = new PostgresStatementItemWriter<{ id: number; nme: string }>({ sql: insert })
    await expect(writeChunks(pool, writer, [{ id: 5, nme: 'x' }])).rejects.toThrow(/parameters\.name .*it has "nme"/)
  })

  test.each([
    ['sql', { sql: '' }],
    ['sql', { sql: 'update item set a = $1' }],
    ['parameters', { sql: insert, parameters: { id: 1 } }],
    ['checkRows', { sql: insert, checkRows: 1 }],
  ])('the option %s is refused when it cannot work: %#', (option, options) => {
    const make = (): unknown => new PostgresStatementItemWriter(options as never)
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(`PostgresStatementItemWriter.${option} `)
  })
})
