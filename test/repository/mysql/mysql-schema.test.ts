import { MysqlJobRepository, NonTransactionalTableError } from 'chunkwise/mysql'
import type mysql from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { OptionCheck } from '../../../src/domain/check-option.js'
import { setUpSchema } from '../../../src/repository/mysql/schema-setup.js'
import { schemaNames } from '../../../src/repository/sql/schema-names.js'
import { MysqlDatabase } from '../../../src/sql/mysql/mysql-database.js'
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

  test('eight processes make the schema at once', async () => {
    const database = await freshMysqlDatabase()
    const repositories = Array.from(
      { length: 8 },
      () => new MysqlJobRepository({ pool: database.pool({ connectionLimit: 2 }) }),
    )
    await Promise.all(repositories.map((repository) => repository.initializeSchema()))
    const [rows] = await database.pool().query('select VERSION as version from BATCH_SCHEMA_VERSION order by 1')
    expect(rows).toEqual([{ version: 1 }, { version: 2 }, { version: 3 }])
  })

  test('a schema that another process makes for longer than one waits is an error that says so, and nothing is made', async () => {
    const database = await freshMysqlDatabase()
    const pool = database.pool({ connectionLimit: 2 })
    const names = schemaNames(new OptionCheck('test'), 'BATCH_', undefined, (name) => ({ name, quoted: name }))
    const other = await pool.getConnection()
    await other.query(`do get_lock(concat('chunkwise ', left(sha2(concat(database(), '.BATCH_'), 256), 40)), 0)`)
    const refused = setUpSchema(new MysqlDatabase(pool), names, 0)
    await expect(refused).rejects.toMatchObject({ code: 'BATCH_SCHEMA', message: /another process/ })
    expect((await pool.query('show tables'))[0]).toEqual([])
    await other.query('do release_all_locks()')
    other.release()
    await setUpSchema(new MysqlDatabase(pool), names, 0)
    expect((await pool.query('show tables'))[0]).not.toEqual([])
  })
})
