import { setTimeout as delay } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import { inject } from 'vitest'
import { atEndOfFile } from './at-end-of-file.js'

/** A MySQL database of one test file. It is dropped at the end of the file, and what is still connected is an error. */
export interface MysqlTestDatabase {
  readonly name: string
  readonly url: string
  /** A new pool on it; closed at the end of the file, if not before. */
  pool(options?: mysql.PoolOptions): mysql.Pool
}

let sequence = 0

/** Makes an empty database. */
export async function freshMysqlDatabase(): Promise<MysqlTestDatabase> {
  const name = `${inject('databasePrefix')}${process.pid}_${++sequence}`
  await onServer((connection) => connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`))
  const url = new URL(inject('mysqlUrl'))
  url.pathname = `/${name}`
  const pools: mysql.Pool[] = []
  atEndOfFile(async () => {
    for (const pool of pools) await pool.end().catch(() => undefined)
    const kept = await untilNone(name, 3_000)
    await onServer((connection) => connection.query(`DROP DATABASE ${name}`))
    if (kept.length > 0) throw new Error(`Connections leak in this test file:\n  ${kept.join('\n  ')}`)
  })
  return {
    name,
    url: url.href,
    pool(options = {}) {
      const pool = mysql.createPool({ uri: url.href, ...options })
      pools.push(pool)
      return pool
    },
  }
}

/** Whether the tests' server is MariaDB; else it is MySQL. For what the two do differently. */
export function isMariadb(): Promise<boolean> {
  return onServer(async (connection) => {
    const [rows] = await connection.query<mysql.RowDataPacket[]>('SELECT VERSION() AS version')
    return String(rows[0]?.['version']).includes('MariaDB')
  })
}

async function untilNone(database: string, patience: number): Promise<readonly string[]> {
  const until = Date.now() + patience
  for (;;) {
    const kept = await onServer(async (connection) => {
      const [rows] = await connection.query<mysql.RowDataPacket[]>(
        'SELECT ID, COMMAND, INFO FROM information_schema.PROCESSLIST WHERE DB = ?',
        [database],
      )
      return rows.map((row) => `connection ${row['ID']}: ${row['COMMAND']} ${row['INFO'] ?? ''}`)
    })
    if (kept.length === 0 || Date.now() > until) return kept
    await delay(20)
  }
}

async function onServer<T>(use: (connection: mysql.Connection) => Promise<T>): Promise<T> {
  const connection = await mysql.createConnection(inject('mysqlUrl'))
  try {
    return await use(connection)
  } finally {
    await connection.end()
  }
}
