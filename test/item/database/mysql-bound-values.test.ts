import { MysqlBatchItemWriter } from 'chunkwise/mysql'
import { describe, expect, test } from 'vitest'
import { columnEncoder } from '../../../src/sql/mysql/column-encoder.js'
import { toWire } from '../../../src/sql/mysql/encode.js'
import type { TableColumn } from '../../../src/sql/mysql/table-columns.js'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'
import { writeChunks } from './plug-context.js'

const database = await freshMysqlDatabase()
let tables = 0

const TYPES: readonly (readonly [type: string, full: string])[] = [
  ['tinyint', 'tinyint'],
  ['int', 'int unsigned'],
  ['bigint', 'bigint'],
  ['year', 'year'],
  ['float', 'float'],
  ['double', 'double'],
  ['decimal', 'decimal(20, 3)'],
  ['datetime', 'datetime'],
  ['datetime', 'datetime(6)'],
  ['timestamp', 'timestamp(2) null'],
  ['date', 'date'],
  ['time', 'time(3)'],
  ['varchar', 'varchar(60)'],
  ['text', 'text'],
  ['varbinary', 'varbinary(60)'],
  ['enum', "enum('1', 'a')"],
]

const VALUES: readonly unknown[] = [
  ...[0, -0, 1, -1, 2.5, -2.5, 1.0005, 0.1, 255, 300, 2024, 1e15, 2 ** 53 - 1, 2 ** 53 + 2, 1e25, -1e300, 5e-324],
  ...[NaN, Infinity, true, false, 12n, 2n ** 63n, '12', ' 7', 'a', '', '2024-02-29 10:00:00.1234567', null, undefined],
  ...['2024-02-29T10:00:00Z', '2024-03-31T00:59:59.995Z', '1969-12-31T23:59:59.999Z', '2038-01-19T03:14:08Z'].map(date),
  ...['1000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '0999-01-01T00:00:00Z', '+012024-01-01T00:00:00Z'].map(date),
  new Date(NaN),
  Buffer.from([0, 255]),
  { a: 1 },
]

function date(text: string): Date {
  return new Date(text)
}

describe.each(['Z', 'local', '+05:30'])('in the time zone %s', (timezone) => {
  const pool = database.pool({ timezone })

  test.each(TYPES)(
    '%s column %s takes what a statement of many rows binds as it takes its text',
    async (type, full) => {
      // A table of its own, and each text by a statement of its own: MySQL may take a statement's values for what they were.
      const table = `bound_${++tables}`
      await pool.query(`create table ${table} (v ${full})`)
      const writer = new MysqlBatchItemWriter<{ v: unknown }>({ table, columns: ['v'] })
      const column: TableColumn = { name: 'v', type, unsigned: full.includes('unsigned'), scale: 3, isJson: false }
      const encode = columnEncoder(column, timezone)
      for (const [index, value] of VALUES.entries()) {
        const text = [toWire(encode(value))]
        const ofText = await stored(table, () => pool.execute(`insert into ${table} values (?) -- ${index}`, text))
        const bound = await stored(table, () => writeChunks(pool, writer, [{ v: value }]))
        expect(bound, `${String(value)} (${typeof value})`).toEqual(ofText)
      }
    },
  )

  /** What the column holds afterwards, or the number of the error; the table is empty again. */
  async function stored(table: string, insert: () => Promise<unknown>): Promise<unknown> {
    try {
      await insert()
      const [rows] = await pool.query({ sql: `select hex(v), cast(v as char) from ${table}`, rowsAsArray: true })
      return rows
    } catch (error) {
      return ((error as Error).cause as { errno?: number } | undefined)?.errno ?? (error as { errno?: number }).errno
    } finally {
      await pool.query(`delete from ${table}`)
    }
  }
})
