import pg from 'pg'
import { chunkStep, type Job, job, JobOperator } from 'chunkwise'
import {
  PostgresBatchItemWriter,
  PostgresCopyItemWriter,
  PostgresCursorItemReader,
  PostgresJobRepository,
  PostgresPagingItemReader,
} from 'chunkwise/postgres'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PostgresDatabase } from '../../src/sql/postgres/postgres-database.js'
import { SqlError } from '../../src/sql/sql-error.js'
import { copyDatabase, expectExactlyOnce } from '../restart/copy-database.js'
import { Proxy } from './proxy.js'

/** What would have ended the process of a host. */
const uncaught: unknown[] = []
const note = (error: unknown): void => void uncaught.push(error)

beforeEach(() => {
  uncaught.length = 0
  process.on('uncaughtException', note)
})

afterEach(() => {
  process.off('uncaughtException', note)
  expect(uncaught).toEqual([])
})

/** A host's pool behind a proxy; it has no listener that would hide an error of a connection that is taken. */
async function scene(max: number) {
  const database = await copyDatabase()
  const proxy = await Proxy.open(database.url)
  const pool = new pg.Pool({ connectionString: proxy.url, max })
  const lostWhileIdle: Error[] = []
  pool.on('error', (error) => lostWhileIdle.push(error))
  const dispose = async (): Promise<void> => {
    await pool.end()
    await proxy.close()
  }
  return { database, proxy, pool, lostWhileIdle, [Symbol.asyncDispose]: dispose }
}

describe('a connection that dies in the packet that says that it is ready', () => {
  test('is lost for whoever takes it, is not returned to the pool, and ends no process', async () => {
    await using it = await scene(1)
    it.proxy.diesWhenReady = (connection) => connection === 1
    const database = new PostgresDatabase(it.pool)
    const connection = await database.connect()
    const lost = new Promise<Error>((resolve) => connection.onLost(resolve))
    const failure: unknown = await connection.run([{ text: 'SELECT 1' }]).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SqlError)
    expect(failure).toMatchObject({ kind: 'connection-lost', transient: true })
    expect(await lost).toMatchObject({ severity: 'FATAL', code: '57P01' })
    connection.release()
    expect(it.pool.idleCount).toBe(0)
    // The pool has room for one: a new one, and a good one.
    const next = await database.connect()
    expect(next.client).not.toBe(connection.client)
    expect((await next.run([{ text: 'SELECT 1' }]))[0]?.rows).toEqual([['1']])
    next.release()
    expect(it.lostWhileIdle).toEqual([])
  })

  test('is lost also for whoever takes it and sends nothing', async () => {
    await using it = await scene(1)
    it.proxy.diesWhenReady = (connection) => connection === 1
    const connection = await new PostgresDatabase(it.pool).connect()
    await new Promise<Error>((resolve) => connection.onLost(resolve))
    connection.release()
    expect(it.pool.idleCount).toBe(0)
  })
})

const DOORS = {
  'pages, and writes by unnest': [PostgresPagingItemReader, PostgresBatchItemWriter],
  'a cursor, and writes by COPY': [PostgresCursorItemReader, PostgresCopyItemWriter],
} as const

describe.each(Object.entries(DOORS))('a job that reads %s', (_name, [Reader, Writer]) => {
  test('goes on when connections die so that it opens for the repository, the heartbeat, the reader and the chunks', async () => {
    await using it = await scene(5)
    // The gaps between them grow by one: whatever comes in turns is met.
    const doomed = new Set(Array.from({ length: 30 }, (_, k) => ((k + 1) * (k + 2)) / 2))
    let died = 0
    it.proxy.diesWhenReady = (connection) => doomed.has(connection) && ++died > 0
    // Each connection serves one borrower: all that the job ever asks for are new ones.
    it.pool.options.maxUses = 1
    const copy = chunkStep('copy', {
      chunkSize: 200,
      reader: () =>
        new Reader<{ id: string; payload: string }>({
          pool: it.pool,
          select: 'id, payload',
          from: 'source',
          sortKeys: { id: 'asc' },
        }),
      processor: ({ id, payload }) => (Number(id) % 5 === 0 ? null : { id, payload: payload.toUpperCase() }),
      writer: new Writer<{ id: string; payload: string }>({
        pool: it.pool,
        table: 'target',
        columns: ['id', 'payload'],
      }),
    })
    const copyJob = job('copy').start(copy).build()
    await using operator = new JobOperator({ repository: new PostgresJobRepository({ pool: it.pool }) })
    while (!(await isComplete(operator, copyJob)));
    await operator.close()
    expect(died).toBeGreaterThan(5)
    await expectExactlyOnce(it.database.pool(), { chunkSize: 200 })
  }, 60_000)
})

/** Starts the job as a host does that restarts what has failed: only what passes may go wrong. */
async function isComplete(operator: JobOperator, copyJob: Job): Promise<boolean> {
  try {
    const execution = await operator.run(copyJob)
    if (execution.status !== 'COMPLETED') expect(execution.failures).toMatchObject([{ transient: true }])
    return execution.status === 'COMPLETED'
  } catch (error) {
    expect(error).toMatchObject({ transient: true })
    return false
  }
}
