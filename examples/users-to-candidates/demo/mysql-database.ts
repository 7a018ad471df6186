import mysql from 'mysql2/promise'
import { MysqlJobRepository } from 'chunkwise/mysql'
import { mysqlItems } from '../mysql/items.js'
import { createTables, insertUsers } from '../mysql/schema.sql.js'
import { BEFORE, type DemoDatabase } from './database.js'

/** The demo in a database of its own, beside the one of the URL. */
export function mysqlDatabase(databaseUrl: string, max: number): DemoDatabase {
  const { url, name } = ownDatabase(databaseUrl)
  const pool = mysql.createPool({ uri: url, connectionLimit: max, timezone: 'Z' })
  const repository = new MysqlJobRepository({ pool })
  return {
    place: `the database ${name}`,
    items: mysqlItems(pool),
    repository,
    async prepare(users) {
      await makeAnew(databaseUrl, name)
      await createTables(pool)
      await insertUsers(pool, users)
      await repository.initializeSchema()
    },
    async row(sql, client) {
      const values = sql.includes(':before') ? [BEFORE] : []
      const on = client === undefined ? pool : (client as mysql.PoolConnection)
      const [rows] = await on.query<mysql.RowDataPacket[]>(sql.replace(':before', '?'), values)
      return rows[0] ?? {}
    },
    close: () => pool.end(),
  }
}

function ownDatabase(databaseUrl: string): { readonly url: string; readonly name: string } {
  const url = new URL(databaseUrl)
  const given = decodeURIComponent(url.pathname.slice(1))
  const name = given === '' ? 'chunkwise_demo' : `${given}_chunkwise_demo`
  url.pathname = `/${encodeURIComponent(name)}`
  return { url: url.href, name }
}

async function makeAnew(databaseUrl: string, name: string): Promise<void> {
  const connection = await mysql.createConnection(databaseUrl)
  try {
    await connection.query('drop database if exists ??', [name])
    await connection.query('create database ??', [name])
  } finally {
    await connection.end()
  }
}
