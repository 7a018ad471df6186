import { expect, test } from 'vitest'
import { NO_OWNER, transact } from '../../src/repository/sql/sql-work.js'
import type { SqlStore } from '../../src/repository/sql/sql-store.js'
import { mysqlDialect } from '../../src/sql/mysql/mysql-dialect.js'
import { MysqlDatabase } from '../../src/sql/mysql/mysql-database.js'
import { postgresDialect } from '../../src/sql/postgres/postgres-dialect.js'
import { PostgresDatabase } from '../../src/sql/postgres/postgres-database.js'
import { sql } from '../../src/sql/sql-text.js'
import { ask } from '../support/sql-databases.js'
import { freshDatabase } from '../support/databases.js'
import { freshMysqlDatabase } from '../support/mysql-databases.js'

async function onPostgres() {
  const pool = (await freshDatabase()).pool()
  return { pool, store: { database: new PostgresDatabase(pool), dialect: postgresDialect } as SqlStore }
}

async function onMysql() {
  const pool = (await freshMysqlDatabase()).pool()
  return { pool, store: { database: new MysqlDatabase(pool), dialect: mysqlDialect } as SqlStore }
}

test.each([
  ['PostgreSQL', onPostgres],
  ['MySQL', onMysql],
] as const)('of two transactions of the repository that deadlock on %s, both are done, once', async (_on, open) => {
  const { pool, store } = await open()
  await ask(pool, 'create table t (id int primary key, n int not null)')
  await ask(pool, 'insert into t values (1, 0), (2, 0)')
  let begun = 0
  let both: () => void = () => {}
  const bothBegun = new Promise<void>((resolve) => (both = resolve))
  const raise = (first: number, second: number): Promise<void> =>
    transact(store, NO_OWNER, async (work) => {
      work.queue(sql`UPDATE t SET n = n + 1 WHERE id = ${first}`)
      await work.flush()
      if (++begun === 2) both()
      await bothBegun
      work.queue(sql`UPDATE t SET n = n + 1 WHERE id = ${second}`)
      await work.flush()
    })
  await Promise.all([raise(1, 2), raise(2, 1)])
  expect(begun).toBeGreaterThan(2)
  expect((await ask(pool, 'select n from t')).map(({ n }) => Number(n))).toEqual([2, 2])
})
