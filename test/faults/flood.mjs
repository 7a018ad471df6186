// A process that runs very many items through a step, with as little memory as its flags leave it. Written against the
// package as it is published. Its one argument is a FloodOrder as JSON; it prints a FloodReport.
import mysql from 'mysql2/promise'
import pg from 'pg'
import { chunkStep, job, JobOperator, MemoryJobRepository, PoolTaskExecutor } from 'chunkwise'
import { MysqlBatchItemWriter, MysqlJobRepository, MysqlPagingItemReader } from 'chunkwise/mysql'
import { PostgresBatchItemWriter, PostgresJobRepository, PostgresPagingItemReader } from 'chunkwise/postgres'

const order = JSON.parse(process.argv[2])
let read = 0
let written = 0
let mostAhead = 0
let letters = 0

const isMysql = order.url?.startsWith('mysql:') === true
const [Repository, Reader, Writer] = isMysql
  ? [MysqlJobRepository, MysqlPagingItemReader, MysqlBatchItemWriter]
  : [PostgresJobRepository, PostgresPagingItemReader, PostgresBatchItemWriter]
const pool = order.url === undefined ? undefined : open(order.url)
const repository = pool === undefined ? new MemoryJobRepository() : new Repository({ pool })
const operator = new JobOperator({ repository })
const { status, stepExecutions } = await operator.run(floodJob())
const { counts } = stepExecutions[0]
await operator.close()
await pool?.end()
console.log(JSON.stringify({ status, counts, mostAhead, letters }))

function open(url) {
  return isMysql ? mysql.createPool({ uri: url, connectionLimit: 4 }) : new pg.Pool({ connectionString: url, max: 4 })
}

function floodJob() {
  const { chunkSize, concurrency } = order
  const flood = chunkStep('flood', {
    chunkSize,
    reader: pool === undefined ? numbers : pages,
    processor: (item) => {
      if (item.id % order.badEach === 0) throw new RangeError(`item ${Number(item.id)} is bad`)
      return item
    },
    writer: pool === undefined ? (items) => void (written += items.length) : rows(),
    ...skip(),
    listeners: [
      {
        afterRead: () => void (mostAhead = Math.max(mostAhead, ++read - written)),
        // A search writes items more than once: what is committed counts.
        ...(order.refusesEach && { afterChunk: ({ counts }) => void (written = counts.write + counts.writeSkip) }),
      },
    ],
    taskExecutor: new PoolTaskExecutor({ corePoolSize: concurrency }),
  })
  return job('flood').start(flood).build()
}

function skip() {
  const { items, badEach, refusesEach } = order
  if (refusesEach !== undefined) return { skip: { limit: items / refusesEach, on: ['check'], to: deadRows() } }
  return badEach === undefined ? {} : { skip: { limit: items / badEach, on: [RangeError], to: dead } }
}

function deadRows() {
  const columns = { id: ({ item }) => item.id, phase: 'phase' }
  return new Writer({ pool, table: 'dead', columns })
}

function dead(all) {
  letters += all.length
  // What is skipped is not written, and not ahead either.
  written += all.length
}

function* numbers() {
  for (let id = 1; id <= order.items; id++) yield { id, payload: `row ${id} `.padEnd(100, 'x') }
}

function pages() {
  return new Reader({ pool, select: 'id, payload', from: 'source', sortKeys: { id: 'asc' } })
}

function rows() {
  const writer = new Writer({ pool, table: 'target', columns: ['id', 'payload'] })
  return {
    transactional: true,
    pool,
    async write(items, context) {
      await writer.write(items, context)
      if (order.refusesEach === undefined) written += items.length
    },
  }
}
