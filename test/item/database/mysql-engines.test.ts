import type { ItemWriter } from 'chunkwise'
import { MysqlBatchItemWriter, MysqlLoadDataItemWriter, NonTransactionalTableError } from 'chunkwise/mysql'
import type mysql from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'
import { writeChunks } from './plug-context.js'

const database = await freshMysqlDatabase()
const pool = database.pool()
const rows = async (sql: string): Promise<unknown[]> => (await pool.query<mysql.RowDataPacket[]>(sql))[0]

interface Item {
  readonly id: number
}

const WRITERS: readonly (readonly [string, (table: string) => ItemWriter<Item>])[] = [
  ['MysqlBatchItemWriter', (table) => new MysqlBatchItemWriter<Item>({ table, columns: ['id'] })],
  ['MysqlLoadDataItemWriter', (table) => new MysqlLoadDataItemWriter<Item>({ table, columns: ['id'] })],
]

await pool.query('create table kept (id int) engine = InnoDB')
await pool.query('create table parted (id int) engine = InnoDB partition by hash (id) partitions 2')
await pool.query('create view safe as select id from kept')

describe.each(WRITERS)('%s', (name, writer) => {
  test.each(['MyISAM', 'MEMORY'])('refuses a table of %s, and writes nothing into it', async (engine) => {
    const table = `${name}_${engine}`.toLowerCase()
    await pool.query(`create table ${table} (id int) engine = ${engine}`)
    const failed = await writeChunks(pool, writer(table), [{ id: 1 }]).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(NonTransactionalTableError)
    expect(failed).toMatchObject({ code: 'BATCH_NON_TRANSACTIONAL_TABLE', table: `${database.name}.${table}`, engine })
    expect((failed as Error).message).toContain(`ALTER TABLE ${database.name}.${table} ENGINE=InnoDB`)
    expect(await rows(`select * from ${table}`)).toEqual([])
  })

  test('refuses a partitioned table of MyISAM', async () => {
    const table = `${name}_parted`.toLowerCase()
    await pool
      .query(`create table ${table} (id int) engine = MyISAM partition by hash (id) partitions 2`)
      .catch(() => 0)
    // MySQL 8 has no such tables.
    if ((await rows(`show tables like '${table}'`)).length === 0) return
    await expect(writeChunks(pool, writer(table), [{ id: 1 }])).rejects.toMatchObject({ engine: 'MyISAM' })
  })

  test('refuses a view, and a view of a view, of a table of MyISAM', async () => {
    const table = `${name}_viewed`.toLowerCase()
    await pool.query(`create table ${table} (id int) engine = MyISAM`)
    await pool.query(`create view ${table}_view as select x.id as id from ${table} x`)
    await pool.query(`create view ${table}_views as select id from ${table}_view`)
    for (const view of [`${table}_view`, `${table}_views`]) {
      await expect(writeChunks(pool, writer(view), [{ id: 1 }])).rejects.toMatchObject({
        code: 'BATCH_NON_TRANSACTIONAL_TABLE',
        table: `${database.name}.${table}`,
      })
    }
    expect(await rows(`select * from ${table}`)).toEqual([])
  })

  test('takes InnoDB, partitioned and by a view as well', async () => {
    for (const table of ['kept', 'parted', 'safe']) await writeChunks(pool, writer(table), [{ id: 1 }])
    expect(await rows('select count(*) as times from kept')).toEqual([{ times: 2 }])
    await pool.query('delete from kept')
  })
})
