import pg from 'pg'
import { describe, expectTypeOf, test } from 'vitest'
import { PostgresBatchItemWriter } from '../../src/item/database/postgres-batch-item-writer.js'
import { PostgresCopyItemWriter } from '../../src/item/database/postgres-copy-item-writer.js'
import { PostgresCursorItemReader } from '../../src/item/database/postgres-cursor-item-reader.js'
import { PostgresPagingItemReader } from '../../src/item/database/postgres-paging-item-reader.js'
import type { ItemReader } from '../../src/item/item-reader.js'
import type { ItemWriter } from '../../src/item/item-writer.js'
import type { SnakeCase } from '../../src/sql/naming.js'

interface User {
  readonly userName: string
  readonly address1: string
  readonly line12Text: string | null
}

const pool = new pg.Pool()
const base = { pool, select: '*', from: 'users' }

describe('the types of database readers and writers', () => {
  test('a column name is the snake case of a property', () => {
    expectTypeOf<SnakeCase<'userName'>>().toEqualTypeOf<'user_name'>()
    expectTypeOf<SnakeCase<'address1'>>().toEqualTypeOf<'address1' | 'address_1'>()
    expectTypeOf<SnakeCase<'line12Text'>>().toEqualTypeOf<'line12_text' | 'line_12_text'>()
    expectTypeOf<SnakeCase<'_id'>>().toEqualTypeOf<'_id'>()
    expectTypeOf<SnakeCase<string>>().toEqualTypeOf<string>()
  })

  test('a reader reads its items', () => {
    const reader = new PostgresPagingItemReader<User>({
      ...base,
      sortKeys: { user_name: 'asc' },
      types: { userName: 'string' },
    })
    expectTypeOf(reader).toExtend<ItemReader<User>>()
    expectTypeOf(new PostgresCursorItemReader<User>({ pool, sql: 'select 1' })).toExtend<ItemReader<User>>()
    expectTypeOf(new PostgresPagingItemReader({ ...base, sortKeys: { a: 'desc' } })).toExtend<
      ItemReader<Record<string, unknown>>
    >()
  })

  test('a direction or a property that does not exist does not compile', () => {
    const bad = (): unknown => [
      // @ts-expect-error there is no such direction
      new PostgresPagingItemReader<User>({ ...base, sortKeys: { user_name: 'up' } }),
      // @ts-expect-error the item has no such property
      new PostgresPagingItemReader<User>({ ...base, sortKeys: { user_name: 'asc' }, types: { user_name: 'string' } }),
      // @ts-expect-error a query as a whole or in parts, not both
      new PostgresCursorItemReader<User>({ pool, sql: 'select 1', select: '*', from: 'users' }),
    ]
    expectTypeOf(bad).toBeFunction()
  })

  test('a writer takes the columns that its items have', () => {
    const named = new PostgresBatchItemWriter<User>({ table: 't', columns: ['userName', 'address1'] })
    expectTypeOf(named).toExtend<ItemWriter<User>>()
    new PostgresBatchItemWriter<User>({
      table: 't',
      naming: 'camelCase',
      columns: ['user_name', 'address_1', 'address1', 'line12_text'],
    })
    new PostgresCopyItemWriter<User>({
      table: 't',
      columns: { any_name: 'userName', other: (item) => item.address1.length },
    })
    new PostgresBatchItemWriter<User>({
      table: 't',
      columns: ['userName', 'address1'],
      mode: 'update',
      keyColumns: ['userName'],
    })
  })

  test('a writer for other columns than the item has does not compile', () => {
    const bad = (): unknown => [
      // @ts-expect-error without a naming the column is named as the property
      new PostgresBatchItemWriter<User>({ table: 't', columns: ['user_name'] }),
      // @ts-expect-error no property gives this column
      new PostgresBatchItemWriter<User>({ table: 't', naming: 'camelCase', columns: ['user_nam'] }),
      // @ts-expect-error no property of this name
      new PostgresCopyItemWriter<User>({ table: 't', columns: { user_name: 'user_name' } }),
      // @ts-expect-error an update needs its key columns
      new PostgresBatchItemWriter<User>({ table: 't', columns: ['userName'], mode: 'update' }),
      new PostgresBatchItemWriter<User>({
        table: 't',
        columns: ['userName'],
        mode: 'delete',
        keyColumns: ['userName'],
        // @ts-expect-error only an insert can conflict
        onConflict: { columns: ['userName'], do: 'update' },
      }),
    ]
    expectTypeOf(bad).toBeFunction()
  })
})
