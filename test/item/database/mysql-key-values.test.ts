import { MysqlPagingItemReader } from 'chunkwise/mysql'
import { describe, expect, test } from 'vitest'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'
import { readAll } from './plug-context.js'

const pool = (await freshMysqlDatabase()).pool({ connectionLimit: 2, timezone: 'Z' })
let tables = 0

/** Values of each type in its order, its ends among them. */
const VALUES: readonly (readonly [type: string, values: readonly string[]])[] = [
  ['tinyint', ['-128', '-1', '0', '127']],
  ['bigint', ['-9223372036854775808', '-9007199254740993', '0', '9007199254740993', '9223372036854775807']],
  ['bigint unsigned', ['0', '9007199254740993', '9223372036854775808', '18446744073709551614', '18446744073709551615']],
  ['year', ['0000', '1901', '1970', '2155']],
  [
    'decimal(65, 30)',
    [`-${'9'.repeat(35)}.${'9'.repeat(30)}`, `-0.${'0'.repeat(29)}1`, '0', `0.${'0'.repeat(29)}1`, '7'],
  ],
  ['decimal(60, 0)', ['-1', '0', `1${'0'.repeat(58)}`, `1${'0'.repeat(57)}1`]],
  ['float', ['-3e38', '-0.1', '0', '0.1', '16777216', '3e38']],
  ['double', ['-1e308', '-5e-324', '0', '5e-324', '0.1', '0.30000000000000004', '9007199254740992', '1e308']],
  ['time', ['-838:59:59', '-00:00:01', '00:00:00', '20:00:30', '100:00:00', '838:59:59']],
  ['time(6)', ['-838:59:58.999999', '-800:00:00.5', '-00:00:00.000001', '00:00:00', '20:00:30.000001', '838:59:59']],
  ['date', ['1000-01-01', '1970-01-01', '2024-02-29', '9999-12-31']],
  ['datetime', ['1000-01-01 00:00:00', '2024-02-29 10:00:00', '2024-02-29 10:00:01', '9999-12-31 23:59:59']],
  ['datetime(6)', ['1000-01-01 00:00:00.000001', '2024-02-29 10:00:00', '2024-02-29 10:00:00.000001', '9999-12-31']],
  ['timestamp', ['1970-01-01 00:00:01', '2024-02-29 10:00:00', '2038-01-19 03:14:07']],
  ['timestamp(6)', ['1970-01-01 00:00:01', '2024-02-29 10:00:00.000001', '2038-01-19 03:14:07']],
  ['bit(64)', ['', '\u0001', '1', 'ab', 'abcdefgh']],
  ["enum('z', 'a', '1')", ['z', 'a', '1']],
  ["set('z', 'a', '1')", ['', 'z', 'a', 'z,a', '1']],
  ['varchar(20) collate utf8mb4_bin', ['', "'", '0', '10', '9', '\\', 'a', 'ä', '😀']],
  ['varchar(20) character set latin1 collate latin1_bin', ['', '10', '9', 'z', 'é']],
  ['varbinary(20)', ['', '\u0000', '0', '\\', 'é']],
]

describe.each(['unique', 'no'])('with %s index on the key', (index) => {
  test.each(VALUES)('every page by %s begins behind the last row, up and down', async (type, values) => {
    const table = `t_${++tables}`
    await pool.query(`create table ${table} (id int primary key, k ${type} not null)`)
    if (index === 'unique') await pool.query(`create unique index k on ${table} (k)`)
    for (const [id, value] of values.entries()) await pool.query(`insert into ${table} values (?, ?)`, [id, value])
    for (const direction of ['asc', 'desc'] as const) {
      const reader = new MysqlPagingItemReader<{ id: number }>({
        pool,
        select: '*',
        from: table,
        sortKeys: { k: direction },
      })
      const expected = direction === 'asc' ? [...values.keys()] : [...values.keys()].reverse()
      expect((await readAll(reader, 1)).map(({ id }) => id)).toEqual(expected)
    }
  })
})
