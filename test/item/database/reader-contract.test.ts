import { describe, it } from 'vitest'
import { MysqlCursorItemReader } from '../../../src/item/database/mysql-cursor-item-reader.js'
import { MysqlPagingItemReader } from '../../../src/item/database/mysql-paging-item-reader.js'
import { PostgresCursorItemReader } from '../../../src/item/database/postgres-cursor-item-reader.js'
import { PostgresPagingItemReader } from '../../../src/item/database/postgres-paging-item-reader.js'
import type { SortKeys } from '../../../src/item/database/sort-keys.js'
import { itemReaderContract, type ReaderUnderTest } from '../../../src/testing/item-reader-contract.js'
import { freshDatabase } from '../../support/databases.js'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'

interface PagingOptions {
  readonly select: string
  readonly from: string
  readonly sortKeys: SortKeys
  readonly pageSize?: number
  readonly prefetch?: boolean
}
type CursorOptions = Omit<PagingOptions, 'pageSize' | 'prefetch'> | { readonly sql: string }
type Reader = ReturnType<ReaderUnderTest<unknown>['reader']>

interface Database {
  readonly name: string
  /** The rows of the driver itself. */
  query(sql: string): Promise<unknown[]>
  readonly paging: (options: PagingOptions) => Reader
  readonly cursor: (options: CursorOptions) => Reader
  readonly orders: readonly SortKeys[]
}

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

async function postgres(): Promise<Database> {
  const pool = (await freshDatabase()).pool()
  await pool.query(`
    create table item (
      id int primary key, big bigint not null, name text not null, code uuid not null, at timestamptz not null,
      amount numeric not null, day date not null, team int not null, local timestamp not null, raw bytea not null,
      ratio float8 not null, short varchar(20) not null, fixed char(8) not null, span interval not null,
      flag boolean not null
    );
    insert into item
    select i, 9007199254740993 + i * 3, (array['ä', 'it''s', '"q"', '😀', 'back\\slash', 'z'])[1 + i % 6] || i,
      ('00000000-0000-4000-8000-' || lpad(to_hex(i * 7919), 12, '0'))::uuid,
      '2024-03-31 00:59:59.999990+00'::timestamptz + i * interval '3 microseconds',
      (i * 37 % 23)::numeric / 7, '2024-02-20'::date + i, i % 3,
      '2024-10-27 01:59:59.999995'::timestamp + i * interval '1 microsecond', decode(lpad(to_hex(i * 255), 8, '0'), 'hex'),
      1.0 / i, 's' || i, 'f' || i, i * interval '13 hours', i % 2 = 0
    from generate_series(1, 23) i`)
  return {
    name: 'PostgreSQL',
    query: (sql) => pool.query<object>(sql).then(({ rows }) => rows),
    paging: (options) => new PostgresPagingItemReader<unknown>({ pool, ...options }),
    cursor: (options) => new PostgresCursorItemReader<unknown>({ pool, ...options }),
    orders,
  }
}

async function mysql(): Promise<Database> {
  // The session's clock stands twice at the same time when summer ends; keys must not.
  const pool = (await freshMysqlDatabase()).pool({ connectionLimit: 4 })
  await pool.query(`
    create table item (
      id int primary key, big bigint not null, name varchar(40) not null, code char(36) not null, at timestamp(6) not null,
      amount decimal(30, 10) not null, day date not null, team int not null, local datetime(6) not null,
      raw varbinary(8) not null, ratio double not null, short varchar(20) character set latin1 not null,
      fixed char(8) not null, span time(3) not null, flag bit(1) not null, size enum('small', 'large', 'big') not null,
      huge bigint unsigned not null, single float not null, born year not null
    ) collate utf8mb4_unicode_520_ci`)
  await pool.query(`
    insert into item
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 23)
    select i, 9007199254740993 + i * 3, concat(elt(1 + i % 6, 'ä', 'it''s', '"q"', '😀', 'back\\\\slash', 'z'), i), uuid(),
      '2024-03-31 00:59:59.999990' + interval i * 3 microsecond, (i * 37 % 23) / 7, '2024-02-20' + interval i day, i % 3,
      '2024-10-27 01:59:59.999995' + interval i microsecond, unhex(lpad(hex(i * 255), 8, '0')), 1 / i,
      concat('sé', i), concat('f', i), sec_to_time(i * 3601.5), i % 2, elt(1 + i % 3, 'small', 'large', 'big'),
      18446744073709551615 - i, 1 / i, 2000 + i
    from n`)
  return {
    name: 'MySQL',
    query: (sql) => pool.execute(sql).then(([rows]) => rows as object[]),
    paging: (options) => new MysqlPagingItemReader<unknown>({ pool, ...options }),
    cursor: (options) => new MysqlCursorItemReader<unknown>({ pool, ...options }),
    orders: [
      ...orders,
      { size: 'asc', id: 'asc' },
      { size: 'desc', huge: 'desc' },
      { huge: 'asc' },
      { single: 'desc' },
      { born: 'asc' },
      { at: 'asc', id: 'desc' },
    ],
  }
}

const COLUMNS = ['id', 'name', 'at', 'day', 'local']

for (const database of [await postgres(), await mysql()]) {
  const { orders: all } = database
  const read = (order: SortKeys): Promise<unknown[]> => {
    const by = Object.entries(order).map(([key, direction]) => `${key} ${direction}`)
    return database.query(`select ${COLUMNS.join(', ')} from item order by ${by.join(', ')}`)
  }
  const contract = (name: string, order: SortKeys, reader: () => Reader, expected?: () => Promise<unknown[]>): void => {
    itemReaderContract(
      { describe, it },
      {
        name: `${database.name}, ${name}`,
        create: async () => ({ expected: (await expected?.()) ?? (await read(order)), reader }),
      },
    )
  }
  for (const sortKeys of all) {
    const select = [...new Set([...COLUMNS, ...Object.keys(sortKeys)])].join(', ')
    const by = Object.entries(sortKeys).map(([key, direction]) => `${key} ${direction}`)
    const expected = (): Promise<unknown[]> => database.query(`select ${select} from item order by ${by.join(', ')}`)
    const reader = (): Reader => database.paging({ select, from: 'item', sortKeys })
    contract(`paging by ${JSON.stringify(sortKeys)}`, sortKeys, reader, expected)
  }
  const options = { select: COLUMNS.join(', '), from: 'item', sortKeys: { id: 'asc' } } as const
  contract('paging with a page size of its own, without prefetch', { id: 'asc' }, () =>
    database.paging({ ...options, pageSize: 5, prefetch: false }),
  )
  const { cursor } = database
  contract('cursor by count', { id: 'desc' }, () =>
    cursor({ sql: `select ${COLUMNS.join(', ')} from item order by id desc` }),
  )
  for (const sortKeys of [{ id: 'asc' }, { at: 'desc', id: 'asc' }, { name: 'desc' }] as const) {
    contract(`cursor by ${JSON.stringify(sortKeys)}`, sortKeys, () => cursor({ ...options, sortKeys }))
  }
}
