import { InvalidOptionError, PositionError } from 'chunkwise'
import { MysqlCursorItemReader } from 'chunkwise/mysql'
import {
  type CursorQuery,
  PostgresCursorItemReader,
  SortKeyNullError,
  type SortKeys,
  SortKeyTieError,
} from 'chunkwise/postgres'
import { describe, expect, test } from 'vitest'
import type { KeyedItemReader } from '../../../src/item/item-reader.js'
import type { ItemStream } from '../../../src/item/item-stream.js'
import { freshDatabase } from '../../support/databases.js'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'
import { readAll, readContext } from './plug-context.js'

type Item = Record<string, unknown>
type Reader = KeyedItemReader<Item> & ItemStream & { readChunk: NonNullable<KeyedItemReader<Item>['readChunk']> }

interface Database {
  readonly owner: string
  readonly query: (sql: string) => Promise<unknown[]>
  readonly cursor: (options: CursorQuery & { readonly sortKeys?: SortKeys; readonly fetchSize?: number }) => Reader
}

async function postgres(): Promise<Database> {
  const pool = (await freshDatabase()).pool({ max: 2 })
  const query = (sql: string): Promise<unknown[]> => pool.query<object>(sql).then(({ rows }) => rows)
  await query('create table item (id int primary key, team int)')
  await query('insert into item select i, i % 3 from generate_series(1, 20) i')
  return {
    owner: 'PostgresCursorItemReader',
    query,
    cursor: (options) => new PostgresCursorItemReader({ pool, ...options }),
  }
}

async function mariadb(): Promise<Database> {
  const pool = (await freshMysqlDatabase()).pool({ connectionLimit: 2 })
  const query = (sql: string): Promise<unknown[]> => pool.query(sql).then(([rows]) => rows as object[])
  await query('create table item (id int primary key, team int)')
  await query(
    'insert into item with recursive n (i) as (select 1 union all select i + 1 from n where i < 20) select i, i % 3 from n',
  )
  return { owner: 'MysqlCursorItemReader', query, cursor: (options) => new MysqlCursorItemReader({ pool, ...options }) }
}

const numbers = (from: number, to: number): { id: number }[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: from + index }))

describe.each([await postgres(), await mariadb()])('$owner', ({ query, cursor }) => {
  const byCount = { sql: 'select id from item order by id' }
  test('without sort keys it restarts by count, and refuses an input that became shorter', async () => {
    expect(await readAll(cursor(byCount), 4, { count: 7 })).toEqual(numbers(8, 20))
    await expect(readAll(cursor(byCount), 4, { count: 21 })).rejects.toThrow(PositionError)
    await expect(readAll(cursor(byCount), 4, { keys: ['id asc'], after: ['1'] })).rejects.toThrow(PositionError)
  })

  test('an item is named by its key, or by its number over restarts', async () => {
    const counted = cursor(byCount)
    await counted.open({ count: 7 }, readContext())
    const first = await counted.readChunk(2, readContext())
    const second = await counted.readChunk(2, readContext())
    expect([counted.itemKey(first, 0), counted.itemKey(second, 1)]).toEqual(['8', '11'])
    await counted.close()
    const keyed = cursor({ ...byCount, sortKeys: { id: 'desc' } })
    await keyed.open({ keys: ['id desc'], after: ['15'] }, readContext())
    expect(keyed.itemKey(await keyed.readChunk(2, readContext()), 1)).toBe('13')
    await keyed.close()
  })

  test.each([1, 2, 3, 50])('a tie of the sort keys is an error before its chunk, in chunks of %i', async (size) => {
    await query(
      'create table if not exists ties as select 1 a union all select 2 union all select 3 union all select 3',
    )
    const reader = cursor({ sql: 'select a from ties', sortKeys: { a: 'asc' } })
    await expect(readAll(reader, size)).rejects.toThrow(SortKeyTieError)
    await query('create table if not exists sums as select 1.0 a union all select 2 union all select 2.00')
    const sums = cursor({ select: 'a', from: 'sums', sortKeys: { a: 'asc' } })
    await expect(readAll(sums, size)).rejects.toThrow(SortKeyTieError)
  })

  test('a NULL in a sort key is an error when it opens', async () => {
    const reader = cursor({
      sql: 'select nullif(id, 3) as id from item',
      sortKeys: { id: 'asc' },
    })
    await expect(readAll(reader)).rejects.toThrow(SortKeyNullError)
  })

  test.each([[{ sql: 'select 1', select: 'x' }], [{}], [{ sql: 'select 1', fetchSize: 0 }], [{ sql: '' }]])(
    'options that cannot work are refused: %#',
    (options) => {
      expect(() => cursor(options as never)).toThrow(InvalidOptionError)
    },
  )
})
