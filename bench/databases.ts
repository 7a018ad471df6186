import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { startMariadb } from '../scripts/private-mariadb.mjs'
import { startPostgres } from '../scripts/private-postgres.mjs'
import * as mysqlTables from './mysql/tables.js'
import * as postgresTables from './postgres/tables.js'

/** A private server with a source table, and an empty target that can be made anew. */
export interface BenchServer {
  readonly url: string
  makeTarget(): Promise<void>
  /** Adds the constraint that no `id` of the target leaves this rest when divided by 1000. */
  refuse(rest: number): Promise<void>
  checkTarget(): Promise<void>
}

/** A database to measure on. */
export interface BenchDatabase {
  readonly name: string
  /** Its measured file and the environment that it needs. */
  readonly file: string
  readonly environment: NodeJS.ProcessEnv
  /** The writer for plain appends, by the name of its case. */
  readonly append: string
  /** What the server can do at most, by the name of its case; `undefined` where its client is not installed. */
  readonly limit: string | undefined
  /** The loop that passes text through without looking at it, where there is one. */
  readonly rawLoop: string | undefined
  /** Runs `work` on a private server with a source table of `rows` rows. */
  onServer(rows: number, work: (server: BenchServer) => Promise<void>): Promise<void>
}

export const POSTGRES: BenchDatabase = {
  name: 'PostgreSQL',
  file: 'postgres/main.ts',
  environment: {},
  append: 'COPY writer',
  limit: spawnSync('psql', ['--version']).status === 0 ? 'COPY pipe' : undefined,
  rawLoop: 'hand-written loop, raw text',
  async onServer(rows, work) {
    const server = await startPostgres()
    const pool = new pg.Pool({ connectionString: server.url, max: 2 })
    // The server's end is also the end of what idles here.
    pool.on('error', () => undefined)
    try {
      await postgresTables.makeTables(pool, rows)
      await work({
        url: server.url,
        makeTarget: () => postgresTables.makeTarget(pool),
        refuse: async (rest) => void (await pool.query(`ALTER TABLE target ADD CHECK (id % 1000 <> ${rest})`)),
        checkTarget: () => postgresTables.checkTarget(pool),
      })
    } finally {
      await pool.end()
      await server.stop()
    }
  },
}

export const MYSQL: BenchDatabase = {
  name: 'MariaDB',
  file: 'mysql/main.ts',
  environment: { BENCH_OUTFILE: join(tmpdir(), `chunkwise-bench-${process.pid}`) },
  append: 'LOAD DATA writer',
  limit: 'OUTFILE and LOAD DATA',
  rawLoop: undefined,
  async onServer(rows, work) {
    const server = await startMariadb({ settings: { 'innodb-buffer-pool-size': '1G', 'innodb-log-file-size': '1G' } })
    const pool = mysql.createPool({ uri: server.url.replace(/mysql$/, 'bench'), connectionLimit: 2 })
    const root = await mysql.createConnection(server.url)
    try {
      await root.query('CREATE DATABASE bench')
      await mysqlTables.makeTables(pool, rows)
      await work({
        url: server.url.replace(/mysql$/, 'bench'),
        makeTarget: () => mysqlTables.makeTarget(pool),
        refuse: async (rest) => void (await pool.query(`ALTER TABLE target ADD CHECK (id % 1000 <> ${rest})`)),
        checkTarget: () => mysqlTables.checkTarget(pool),
      })
    } finally {
      await Promise.all([pool.end(), root.end()])
      await server.stop()
    }
  },
}
