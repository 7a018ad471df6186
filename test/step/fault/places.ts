import { type ItemWriter, type JobRepository, MemoryJobRepository } from 'chunkwise'
import { MysqlBatchItemWriter, MysqlJobRepository } from 'chunkwise/mysql'
import { PostgresBatchItemWriter, PostgresJobRepository } from 'chunkwise/postgres'
import { ListItemWriter } from 'chunkwise/testing'
import type mysql from 'mysql2/promise'
import type pg from 'pg'
import { migratedDatabase } from '../../support/databases.js'
import { mysqlPool } from '../../support/migrated-mysql.js'

/** The code of the error by which a place refuses numbers that are not positive. */
export const REFUSED = '23514'

/** That error in all places: memory's code, and what all databases call it. */
export const REFUSALS: readonly string[] = [REFUSED, 'check']

interface Letter {
  readonly position: string
  readonly phase: string
  readonly item?: unknown
}

/** Where a test's items go: in memory and in a real database, both the same to the test. */
export interface Place {
  readonly repository: JobRepository
  readonly writer: ItemWriter<number>
  /** Counts the writer's calls. */
  readonly calls: { count: number }
  /** Keeps text. */
  readonly letters: ItemWriter<Letter>
  /** What is committed, in its order. */
  rows(): Promise<readonly number[]>
  /** The dead letters, as `phase position`, in their order. */
  deadLetters(): Promise<readonly string[]>
}

export interface Places {
  readonly name: string
  readonly make: () => Promise<Place>
}

const LETTER_COLUMNS = {
  phase: (letter: Letter) => letter.phase,
  position: (letter: Letter) => letter.position,
  item: (letter: Letter) => String(letter.item),
}

/** A database's writer, whose calls are counted. */
function counting(writer: ItemWriter<number>, pool: object, calls: Place['calls']): Place['writer'] {
  return {
    transactional: true,
    usesClient: false,
    pool,
    write(items, context) {
      calls.count++
      return writer.write(items, context)
    },
  }
}

const memory: Places = {
  name: 'memory',
  async make() {
    const list = new ListItemWriter<number>()
    const letters = new ListItemWriter<{ position: string; phase: string }>()
    const calls = { count: 0 }
    const writer: ItemWriter<number> = {
      transactional: true,
      write(items, context) {
        calls.count++
        list.write(items, context)
        const bad = items.find((item) => item <= 0)
        if (bad !== undefined) throw Object.assign(new Error(`refused ${bad}`), { code: REFUSED })
      },
    }
    return {
      repository: new MemoryJobRepository(),
      writer,
      calls,
      letters,
      rows: async () => list.items,
      deadLetters: async () => letters.items.map(({ phase, position }) => `${phase} ${position}`),
    }
  },
}

/** A pool on a database with the repository's tables and `target`, `letter`. */
export async function faultDatabase(config: pg.PoolConfig = {}): Promise<pg.Pool> {
  const database = await migratedDatabase(async (pool) => {
    await new PostgresJobRepository({ pool }).initializeSchema()
    await pool.query(`create table target (n serial, value int not null check (value > 0));
      create table letter (n serial, phase text, position text, item text)`)
  }, 'faults')
  return database.pool({ max: 6, ...config })
}

let pool: Promise<pg.Pool> | undefined

const postgres: Places = {
  name: 'PostgreSQL',
  async make() {
    pool ??= faultDatabase()
    const connected = await pool
    await connected.query('truncate target, letter')
    const calls = { count: 0 }
    const batch = new PostgresBatchItemWriter<number>({
      pool: connected,
      table: 'target',
      columns: { value: (item) => item },
    })
    return {
      repository: new PostgresJobRepository({ pool: connected }),
      writer: counting(batch, connected, calls),
      calls,
      letters: new PostgresBatchItemWriter({
        pool: connected,
        table: 'letter',
        columns: LETTER_COLUMNS,
      }),
      rows: async () =>
        (await connected.query<{ value: number }>('select value from target order by n')).rows.map(
          ({ value }) => value,
        ),
      deadLetters: async () =>
        (
          await connected.query<{ letter: string }>(`select phase || ' ' || position as letter from letter order by n`)
        ).rows.map(({ letter }) => letter),
    }
  },
}

let mysqlOpened: Promise<mysql.Pool> | undefined

const mariadb: Places = {
  name: 'MySQL',
  async make() {
    mysqlOpened ??= mysqlPool([
      'create table target (n int auto_increment primary key, value int not null check (value > 0))',
      'create table letter (n int auto_increment primary key, phase text, position text, item text)',
    ])
    const connected = await mysqlOpened
    for (const table of ['target', 'letter']) await connected.query(`truncate ${table}`)
    const calls = { count: 0 }
    const batch = new MysqlBatchItemWriter<number>({
      pool: connected,
      table: 'target',
      columns: { value: (item) => item },
    })
    const column = async (query: string): Promise<readonly unknown[]> => {
      const [rows] = await connected.query<mysql.RowDataPacket[]>(query)
      return rows.map((row) => row['value'] as unknown)
    }
    return {
      repository: new MysqlJobRepository({ pool: connected }),
      writer: counting(batch, connected, calls),
      calls,
      letters: new MysqlBatchItemWriter({
        pool: connected,
        table: 'letter',
        columns: LETTER_COLUMNS,
      }),
      rows: async () => (await column('select value from target order by n')) as readonly number[],
      deadLetters: async () =>
        (await column(`select concat(phase, ' ', position) as value from letter order by n`)) as readonly string[],
    }
  },
}

export const places: readonly Places[] = [memory, postgres, mariadb]
