import { MysqlJobRepository, NonTransactionalTableError } from 'chunkwise/mysql'
import type mysql from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { ContractBench } from '../../../src/testing/contract-bench.js'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'

describe('the schema on MySQL', () => {
  test('a table of an engine without transactions that was there before is refused, and nothing is made', async () => {
    const database = await freshMysqlDatabase()
    const pool = database.pool()
    await pool.query('create table BATCH_JOB_INSTANCE (JOB_INSTANCE_ID bigint primary key) engine = MyISAM')
    const failed = await new MysqlJobRepository({ pool }).initializeSchema().catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(NonTransactionalTableError)
    expect(failed).toMatchObject({ engine: 'MyISAM', message: expect.stringContaining('ENGINE=InnoDB') })
    const [tables] = await pool.query<mysql.RowDataPacket[]>('show tables')
    expect(tables).toHaveLength(1)
  })

  test('a table that is changed to such an engine is refused when an operator begins, and by initializeSchema', async () => {
    const database = await freshMysqlDatabase()
    const pool = database.pool()
    await new MysqlJobRepository({ pool }).initializeSchema()
    await pool.query('alter table BATCH_STEP_RANGE engine = MyISAM')
    const repository = new MysqlJobRepository({ pool })
    const bench = new ContractBench(repository)
    const refusal = { code: 'BATCH_NON_TRANSACTIONAL_TABLE', engine: 'MyISAM' }
    await expect(bench.owner()).rejects.toMatchObject(refusal)
    await expect(repository.initializeSchema()).rejects.toMatchObject(refusal)
    expect((await pool.query('select * from BATCH_OWNER'))[0]).toEqual([])
    await pool.query('alter table BATCH_STEP_RANGE engine = InnoDB')
    await bench.owner()
    await bench.dispose()
  })
})
