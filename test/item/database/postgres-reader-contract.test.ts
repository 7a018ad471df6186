import { describe, it } from 'vitest'
import { PostgresCursorItemReader } from '../../../src/item/database/postgres-cursor-item-reader.js'
import { PostgresPagingItemReader } from '../../../src/item/database/postgres-paging-item-reader.js'
import type { SortKeys } from '../../../src/item/database/sort-keys.js'
import { itemReaderContract } from '../../../src/testing/item-reader-contract.js'
import { freshDatabase } from '../../support/databases.js'

const database = await freshDatabase()
const pool = database.pool()
await pool.query(`
  create table item (
    id int primary key, big bigint not null, name text not null, code uuid not null, at timestamptz not null,
    amount numeric not null, day date not null, team int not null, local timestamp not null, raw bytea not null,
    ratio float8 not null, short varchar(20) not null, fixed char(8) not null, span interval not null, flag boolean not null
  );
  insert into item
  select i, 9007199254740993 + i * 3, (array['ä', 'it''s', '"q"', '😀', 'back\\slash', 'z'])[1 + i % 6] || i,
    ('00000000-0000-4000-8000-' || lpad(to_hex(i * 7919), 12, '0'))::uuid,
    '2024-03-31 00:59:59.999990+00'::timestamptz + i * interval '3 microseconds',
    (i * 37 % 23)::numeric / 7, '2024-02-20'::date + i, i % 3,
    '2024-10-27 01:59:59.999995'::timestamp + i * interval '1 microsecond', decode(lpad(to_hex(i * 255), 8, '0'), 'hex'),
    1.0 / i, 's' || i, 'f' || i, i * interval '13 hours', i % 2 = 0
  from generate_series(1, 23) i`)

const orders: readonly SortKeys[] = [
  { id: 'asc' },
  { id: 'desc' },
  { big: 'asc' },
  { name: 'asc' },
  { name: 'desc' },
  { code: 'asc' },
  { at: 'asc' },
  { at: 'desc' },
  { amount: 'asc', id: 'asc' },
  { day: 'desc' },
  { local: 'asc' },
  { raw: 'asc' },
  { ratio: 'asc' },
  { short: 'desc' },
  { fixed: 'asc' },
  { span: 'desc' },
  { team: 'desc', id: 'desc' },
  { team: 'asc', id: 'desc' },
  { team: 'desc', flag: 'asc', big: 'desc' },
  { flag: 'asc', team: 'asc', id: 'asc' },
]

const read = (order: SortKeys): Promise<unknown[]> => {
  const by = Object.entries(order).map(([key, direction]) => `${key} ${direction}`)
  return pool
    .query<{ id: number }>(`select id, name, at, day, local from item order by ${by.join(', ')}`)
    .then(({ rows }) => rows)
}

for (const sortKeys of orders) {
  const keys = Object.keys(sortKeys)
  const select = [
    'id',
    'name',
    'at',
    'day',
    'local',
    ...keys.filter((key) => !['id', 'name', 'at', 'day', 'local'].includes(key)),
  ]
  const withKeys = async (): Promise<unknown[]> => {
    const by = Object.entries(sortKeys).map(([key, direction]) => `${key} ${direction}`)
    return (await pool.query(`select ${select.join(', ')} from item order by ${by.join(', ')}`)).rows
  }
  itemReaderContract(
    { describe, it },
    {
      name: `paging by ${JSON.stringify(sortKeys)}`,
      create: async () => ({
        expected: await withKeys(),
        reader: () =>
          new PostgresPagingItemReader<unknown>({ pool, select: select.join(', '), from: 'item', sortKeys }),
      }),
    },
  )
}

itemReaderContract(
  { describe, it },
  {
    name: 'paging with a page size of its own, without prefetch',
    create: async () => ({
      expected: await read({ id: 'asc' }),
      reader: () =>
        new PostgresPagingItemReader<unknown>({
          pool,
          select: 'id, name, at, day, local',
          from: 'item',
          sortKeys: { id: 'asc' },
          pageSize: 5,
          prefetch: false,
        }),
    }),
  },
)

itemReaderContract(
  { describe, it },
  {
    name: 'cursor by count',
    create: async () => ({
      expected: await read({ id: 'desc' }),
      reader: () =>
        new PostgresCursorItemReader<unknown>({
          pool,
          sql: 'select id, name, at, day, local from item order by id desc',
        }),
    }),
  },
)

for (const sortKeys of [{ id: 'asc' }, { at: 'desc', id: 'asc' }, { name: 'desc' }] as const) {
  itemReaderContract(
    { describe, it },
    {
      name: `cursor by ${JSON.stringify(sortKeys)}`,
      create: async () => ({
        expected: await read(sortKeys),
        reader: () =>
          new PostgresCursorItemReader<unknown>({ pool, select: 'id, name, at, day, local', from: 'item', sortKeys }),
      }),
    },
  )
}
