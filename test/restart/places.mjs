// Where a worker reads, and where it writes: tables, files and services.
import mysql from 'mysql2/promise'
import pg from 'pg'
import { FlatFileItemReader, FlatFileItemWriter } from 'chunkwise/file'
import {
  MysqlBatchItemWriter,
  MysqlJobRepository,
  MysqlKeyRangePartitioner,
  MysqlPagingItemReader,
} from 'chunkwise/mysql'
import {
  partitionRange,
  PostgresBatchItemWriter,
  PostgresJobRepository,
  PostgresKeyRangePartitioner,
  PostgresPagingItemReader,
} from 'chunkwise/postgres'
import { dieIf, order } from './deaths.mjs'

const isMysql = order.url.startsWith('mysql:')
const [Repository, Reader, Writer, KeyRangePartitioner] = isMysql
  ? [MysqlJobRepository, MysqlPagingItemReader, MysqlBatchItemWriter, MysqlKeyRangePartitioner]
  : [PostgresJobRepository, PostgresPagingItemReader, PostgresBatchItemWriter, PostgresKeyRangePartitioner]

export const pool = isMysql
  ? mysql.createPool({
      uri: order.url,
      connectionLimit: order.pool?.max ?? 5,
      waitForConnections: order.pool?.waitForConnections ?? true,
    })
  : new pg.Pool({ connectionString: order.url, max: 5, ...order.pool })
if (!isMysql) pool.on('error', () => {})

export const repository = new Repository({ pool })

const table = { pool, from: 'source', sortKeys: { id: 'asc' } }
const { from, to } = order
const { HttpClient, HttpPagingItemReader } = from?.service === undefined ? {} : await import('chunkwise/http')
const client = HttpClient && new HttpClient({ baseUrl: from.service })

export function takeConnection() {
  return isMysql ? pool.getConnection() : pool.connect()
}

export async function closePlaces() {
  await client?.close()
  await pool.end()
}

export function makeReader(context) {
  if (from?.file !== undefined) {
    const columns = { id: 'long', payload: 'string' }
    return new FlatFileItemReader({ resource: from.file, header: true, comment: '#', columns })
  }
  if (client !== undefined) {
    const pages = { by: 'cursor', at: 'next', parameter: 'after' }
    return new HttpPagingItemReader({ client, request: { url: 'rows' }, items: 'rows', pages, key: 'id' })
  }
  const range = order.partitions === undefined ? {} : { range: partitionRange(context) }
  return new Reader({ ...table, select: 'id, payload', ...range })
}

export function makeWriter() {
  const columns = ['id', 'payload']
  if (to === undefined) return new Writer({ pool, table: 'target', columns })
  const { file, ...kind } = to
  const writer = new FlatFileItemWriter({ resource: file, columns, header: true, footer: lastLine, ...kind })
  return order.skipLimit === undefined ? writer : new RefusingWriter(writer)
}

/** Where what is skipped goes. */
export function makeLetters() {
  const columns = { id: ({ item }) => item.id, phase: 'phase' }
  if (order.letters === undefined) return new Writer({ pool, table: 'dead', columns })
  return new FlatFileItemWriter({ resource: order.letters, columns, header: true, footer: lastLine })
}

function lastLine(items) {
  dieIf('in-footer')
  return `# ${items}`
}

/** Cuts the source into so many partitions. */
export function cutSource(count, context) {
  return new KeyRangePartitioner(table).partition(count, context)
}

/** What is thrown for the rows that a database would refuse. */
export class RefusedError extends Error {}

/** A file refuses nothing by itself: what this one throws for has been written by then. */
class RefusingWriter {
  #writer

  constructor(writer) {
    this.#writer = writer
    for (const name of ['open', 'position', 'returnTo', 'complete', 'close']) {
      this[name] = (...args) => writer[name](...args)
    }
  }

  async write(items) {
    await this.#writer.write(items)
    const refused = items.find(({ id }) => [7, 9].includes(Number(id) % 200))
    if (refused !== undefined) throw new RefusedError(`row ${refused.id} is refused`)
  }
}
