import { chunkStep, type Job, job, JobOperator } from 'chunkwise'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SqlError } from '../../src/sql/sql-error.js'
import { expectExactlyOnce } from '../restart/copy-database.js'
import { type HostKind, HOSTS, WAYS } from './hosts.js'
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

/** A host behind a proxy. */
async function scene({ copyDatabase, open }: HostKind, max: number) {
  const database = await copyDatabase()
  const proxy = await Proxy.open(database.url)
  const host = open(proxy.url, max)
  const dispose = async (): Promise<void> => {
    await host.close()
    await proxy.close()
  }
  return { database, proxy, host, [Symbol.asyncDispose]: dispose }
}

describe.each(HOSTS)('on $on, a connection that dies in the packet that says that it is ready', (kind) => {
  test('is lost for whoever takes it, is not returned to the pool, and ends no process', async () => {
    await using it = await scene(kind, 1)
    it.proxy.diesWhenReady = (connection) => connection === 1
    const { database, places, lostWhileIdle } = it.host
    const connection = await database.connect()
    const lost = new Promise<Error>((resolve) => connection.onLost(resolve))
    const failure: unknown = await connection.run([{ text: 'SELECT 1' }]).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SqlError)
    expect(failure).toMatchObject({ kind: 'connection-lost', transient: true })
    expect(await lost).toMatchObject(kind.lost)
    connection.release()
    expect(places().idle).toBe(0)
    // The pool has room for one: a new one, and a good one.
    const next = await database.connect()
    expect(next.client).not.toBe(connection.client)
    expect((await next.run([{ text: 'SELECT 1' }]))[0]?.rows).toEqual([['1']])
    next.release()
    expect(lostWhileIdle).toEqual([])
  })

  test('is lost also for whoever takes it and sends nothing', async () => {
    await using it = await scene(kind, 1)
    it.proxy.diesWhenReady = (connection) => connection === 1
    const connection = await it.host.database.connect()
    await new Promise<Error>((resolve) => connection.onLost(resolve))
    connection.release()
    expect(it.host.places().idle).toBe(0)
  })
})

const EVERYWHERE = HOSTS.flatMap((kind) => WAYS.map((way) => ({ ...kind, way })))

describe.each(EVERYWHERE)('on $on, a job that reads $way', (kind) => {
  test('goes on when connections die so that it opens for the repository, the heartbeat, the reader and the chunks', async () => {
    await using it = await scene(kind, 5)
    const { reader, writer } = it.host.ways[kind.way]
    // The gaps between them grow by one: whatever comes in turns is met.
    const doomed = new Set(Array.from({ length: 30 }, (_, k) => ((k + 1) * (k + 2)) / 2))
    let died = 0
    it.proxy.diesWhenReady = (connection) => doomed.has(connection) && ++died > 0
    // All that the job ever asks for are new ones.
    it.host.useOnce()
    const copy = chunkStep('copy', {
      chunkSize: 200,
      reader,
      processor: ({ id, payload }) => (Number(id) % 5 === 0 ? null : { id, payload: payload.toUpperCase() }),
      writer: writer(),
    })
    const copyJob = job('copy').start(copy).build()
    await using operator = new JobOperator({ repository: it.host.repository })
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
