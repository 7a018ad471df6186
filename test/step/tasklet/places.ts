import { type JobRepository, MemoryJobRepository, type TaskletContext } from 'chunkwise'
import { PostgresJobRepository } from 'chunkwise/postgres'
import type pg from 'pg'
import { migratedDatabase, type TestDatabase } from '../../support/databases.js'

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

export const places: readonly { readonly name: string; readonly make: () => Promise<Place> }[] = [
  { name: 'memory', make: memory },
  { name: 'PostgreSQL', make: postgres },
]
