import mysql from 'mysql2/promise'
import pg from 'pg'
import { expect } from 'vitest'
import type { ItemReader, ItemWriter, JobRepository } from 'chunkwise'
import {
  MysqlBatchItemWriter,
  MysqlCursorItemReader,
  MysqlJobRepository,
  MysqlLoadDataItemWriter,
  MysqlPagingItemReader,
  MysqlTransactionManager,
} from 'chunkwise/mysql'
import {
  PostgresBatchItemWriter,
  PostgresCopyItemWriter,
  PostgresCursorItemReader,
  PostgresJobRepository,
  PostgresPagingItemReader,
  PostgresTransactionManager,
} from 'chunkwise/postgres'
import { MysqlDatabase } from '../../src/sql/mysql/mysql-database.js'
import { PostgresDatabase } from '../../src/sql/postgres/postgres-database.js'
import type { SqlDatabase } from '../../src/sql/sql-connection.js'
import { copyDatabase, mysqlCopyDatabase } from '../restart/copy-database.js'
import { type AnyPool } from '../support/sql-databases.js'

/** A row of `source`, and of `target`. */
export interface Row {
  readonly id: string
  readonly payload: string
}

/** What a service has that runs jobs on a database: a pool, and what is made from it. */
export interface Host {
  readonly database: SqlDatabase
  readonly repository: JobRepository
  readonly manager: PostgresTransactionManager | MysqlTransactionManager
  readonly ways: Readonly<Record<(typeof WAYS)[number], Way>>
  /** What the pool has said of connections that nobody had taken. */
  readonly lostWhileIdle: readonly Error[]
  /** How many connections the pool has, and how many of them nobody has taken. */
  readonly places: () => { readonly all: number; readonly idle: number }
  /** From now on each connection serves one borrower. */
  readonly useOnce: () => void
  readonly close: () => Promise<void>
}

/** The ways to read `source` and to write `target`: unnest or VALUES of many rows; COPY or LOAD DATA. */
export const WAYS = ['pages, and writes batches', 'a cursor, and writes a stream'] as const

interface Way {
  readonly reader: () => ItemReader<Row>
  readonly writer: () => ItemWriter<Row>
}

/** A database as a host sees it. */
export interface HostKind {
  readonly on: 'PostgreSQL' | 'MySQL'
  /** A database with a job repository and rows to copy. */
  readonly copyDatabase: () => Promise<{ readonly url: string; pool(): AnyPool }>
  /** A host with a pool of at most so many connections. No listener hides an error of one that is taken. */
  readonly open: (url: string, max: number) => Host
  /** What is known of a connection that the server ends in the packet that says that it is ready. */
  readonly lost: object
}

const SOURCE = { select: 'id, payload', from: 'source', sortKeys: { id: 'asc' } } as const
const TARGET = { table: 'target', columns: ['id', 'payload'] } as const

/** Both databases. */
export const HOSTS: readonly HostKind[] = [
  { on: 'PostgreSQL', copyDatabase, open: openPostgres, lost: { severity: 'FATAL', code: '57P01' } },
  // The driver tells it to nobody: it is only found to be closed.
  {
    on: 'MySQL',
    copyDatabase: mysqlCopyDatabase,
    open: openMysql,
    lost: { message: expect.stringContaining('closed') },
  },
]

function openPostgres(url: string, max: number): Host {
  const pool = new pg.Pool({ connectionString: url, max })
  const lostWhileIdle: Error[] = []
  pool.on('error', (error) => lostWhileIdle.push(error))
  return {
    database: new PostgresDatabase(pool),
    repository: new PostgresJobRepository({ pool }),
    manager: new PostgresTransactionManager({ pool }),
    ways: {
      'pages, and writes batches': {
        reader: () => new PostgresPagingItemReader<Row>({ pool, ...SOURCE }),
        writer: () => new PostgresBatchItemWriter<Row>({ pool, ...TARGET }),
      },
      'a cursor, and writes a stream': {
        reader: () => new PostgresCursorItemReader<Row>({ pool, ...SOURCE }),
        writer: () => new PostgresCopyItemWriter<Row>({ pool, ...TARGET }),
      },
    },
    lostWhileIdle,
    places: () => ({ all: pool.totalCount, idle: pool.idleCount }),
    useOnce: () => void (pool.options.maxUses = 1),
    close: () => pool.end(),
  }
}

function openMysql(url: string, max: number): Host {
  const pool = mysql.createPool({ uri: url, connectionLimit: max })
  // The driver counts, and tells nobody.
  const counts = pool.pool as unknown as Record<'_allConnections' | '_freeConnections', { readonly length: number }>
  return {
    database: new MysqlDatabase(pool),
    repository: new MysqlJobRepository({ pool }),
    manager: new MysqlTransactionManager({ pool }),
    ways: {
      'pages, and writes batches': {
        reader: () => new MysqlPagingItemReader<Row>({ pool, ...SOURCE }),
        writer: () => new MysqlBatchItemWriter<Row>({ pool, ...TARGET }),
      },
      'a cursor, and writes a stream': {
        reader: () => new MysqlCursorItemReader<Row>({ pool, ...SOURCE }),
        writer: () => new MysqlLoadDataItemWriter<Row>({ pool, ...TARGET }),
      },
    },
    lostWhileIdle: [],
    places: () => ({ all: counts._allConnections.length, idle: counts._freeConnections.length }),
    useOnce: () => void pool.on('release', (connection) => connection.destroy()),
    close: () => pool.end(),
  }
}
