import { type JobRepository, MemoryJobRepository, type TaskletContext } from 'chunkwise'
import { MysqlJobRepository } from 'chunkwise/mysql'
import { PostgresJobRepository } from 'chunkwise/postgres'
import type mysql from 'mysql2/promise'
import type pg from 'pg'
import { migratedDatabase, type TestDatabase } from '../../support/databases.js'
import { mysqlPool } from '../../support/migrated-mysql.js'

/** Where a test's tasklet writes numbers: in memory and in a real database, both the same to the test. */
export interface Place {
  readonly repository: JobRepository
  /** Writes one in the call's transaction. */
  insert(context: TaskletContext, value: number): Promise<void>
  /** What is committed, in its order. */
  rows(): Promise<readonly number[]>
}

/** A database with the repository's tables and `target`. */
export function taskletDatabase(): Promise<TestDatabase> {
  return migratedDatabase(async (pool) => {
    await new PostgresJobRepository({ pool }).initializeSchema()
    await pool.query('create table target (n serial, value int not null check (value > 0))')
  }, 'tasklets')
}

/** What is in `target`, in its order. */
export async function valuesIn(pool: pg.Pool): Promise<readonly number[]> {
  const { rows } = await pool.query<{ value: number }>('select value from target order by n')
  return rows.map(({ value }) => value)
}

async function memory(): Promise<Place> {
  const values: number[] = []
  return {
    repository: new MemoryJobRepository(),
    async insert({ transaction }, value) {
      const length = values.push(value)
      transaction.onRollback(() => (values.length = length - 1))
    },
    rows: async () => values,
  }
}

let database: Promise<TestDatabase> | undefined
let pool: pg.Pool | undefined

async function postgres(): Promise<Place> {
  database ??= taskletDatabase()
  const opened = await database
  const own = (pool ??= opened.pool({ max: 4 }))
  await own.query('truncate target')
  return {
    repository: new PostgresJobRepository({ pool: own }),
    async insert({ transaction }, value) {
      await (transaction.client as pg.PoolClient).query('insert into target (value) values ($1)', [value])
    },
    rows: () => valuesIn(own),
  }
}

let mysqlOpened: Promise<mysql.Pool> | undefined

async function mariadb(): Promise<Place> {
  mysqlOpened ??= mysqlPool([
    'create table target (n int auto_increment primary key, value int not null check (value > 0))',
  ])
  const own = await mysqlOpened
  await own.query('truncate target')
  return {
    repository: new MysqlJobRepository({ pool: own }),
    async insert({ transaction }, value) {
      await (transaction.client as mysql.PoolConnection).query('insert into target (value) values (?)', [value])
    },
    async rows() {
      const [rows] = await own.query<mysql.RowDataPacket[]>('select value from target order by n')
      return rows.map((row) => Number(row['value']))
    },
  }
}

export const places: readonly { readonly name: string; readonly make: () => Promise<Place> }[] = [
  { name: 'memory', make: memory },
  { name: 'PostgreSQL', make: postgres },
  { name: 'MySQL', make: mariadb },
]
