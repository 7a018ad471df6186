import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type PrivatePostgres, startPostgres } from '../../scripts/private-postgres.mjs'
import { builtPackage } from '../restart/built-package.js'
import { CHUNK_SIZE, expectExactlyOnce, prepareCopy } from '../restart/copy-database.js'
import { MODES } from '../restart/modes.js'
import { Random } from '../restart/random.js'
import { startWorker, type WorkerEnd } from '../restart/supervisor.js'
import { watchLiveExecutions } from './live-executions.js'
import { long } from './long-form.js'

const SECONDS = long ? 10 : 3
/** The job lasts at least as long as the faults: that many chunks, each followed by this pause. */
const PACE = Math.ceil((SECONDS * 1_000 * CHUNK_SIZE) / 8_000)

/** By what this process's own connections are known. */
const TESTS = 'chunkwise-tests'

let server: PrivatePostgres
let pool: pg.Pool
let url: string
let databases = 0

beforeAll(async () => {
  await builtPackage()
  server = await startPostgres({ durable: false })
}, 120_000)

afterAll(async () => {
  await server?.stop()
})

beforeEach(async () => {
  const name = `faults_${++databases}`
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  url = server.url.replace(/postgres$/, name)
  pool = new pg.Pool({ connectionString: url, max: 2, application_name: TESTS })
  pool.on('error', () => {})
  await prepareCopy(pool)
  return () => pool.end()
})

describe.each(MODES)('$name', ({ order }) => {
  // In any order the pauses of several chunks go by at once.
  const pace = order.commitOrder === 'any' ? PACE * order.concurrency : PACE
  const whole = { ...order, chunkSize: CHUNK_SIZE, keepGoing: true, pace }

  test('nothing is lost or doubled while one of our backends is terminated every 50 ms', async () => {
    const random = new Random()
    const watch = watchLiveExecutions(pool)
    const worker = startWorker({ ...whole, url: url })
    let ended = false
    const over = worker.ended.finally(() => (ended = true))
    let terminated = 0
    for (const until = Date.now() + SECONDS * 1_000; Date.now() < until && !ended; await delay(50)) {
      terminated += await terminateOne(pool, random)
    }
    console.log(`seed ${random.seed}, ${terminated} backends terminated`)
    expect(terminated).toBeGreaterThan(10)
    await expectCompleted(over)
    expect((await watch.stop()).most).toBe(1)
    await expectExactlyOnce(pool, whole)
  }, 120_000)

  test('nothing is lost or doubled when the server is restarted as after a crash', async () => {
    const watch = watchLiveExecutions(pool)
    const worker = startWorker({ ...whole, url: url })
    const over = worker.ended
    for (let crash = 1; crash <= (long ? 5 : 2); crash++) {
      await delay(400)
      await server.kill()
      await delay(300)
      await server.restart()
    }
    await expectCompleted(over)
    expect((await watch.stop()).most).toBe(1)
    await expectExactlyOnce(pool, whole)
  }, 120_000)
})

/** Ends a backend of the worker, any; 0 if there was none. */
async function terminateOne(on: pg.Pool, random: Random): Promise<number> {
  const { rows } = await on.query<{ pid: number }>(
    `select pid from pg_stat_activity
     where datname = current_database() and backend_type = 'client backend' and application_name <> $1 order by pid`,
    [TESTS],
  )
  if (rows.length === 0) return 0
  await on.query('select pg_terminate_backend($1)', [rows[random.between(0, rows.length - 1)]?.pid])
  return 1
}

/** The process has lived through it, its job has completed, and its log was readable: a line a second on average. */
async function expectCompleted(over: Promise<WorkerEnd>): Promise<void> {
  const { outcome, said } = await over
  expect(outcome, said.slice(-5).join('\n')).toBe('COMPLETED')
  const report = said.find((line) => line.startsWith('logged '))?.slice('logged '.length) ?? '{}'
  const { warnings, seconds } = JSON.parse(report) as { warnings: number; seconds: number }
  // Each thing is said once in ten seconds: a short run has said some of them, and has no seconds to spread them over.
  expect(warnings, report).toBeLessThanOrEqual(Math.max(10, seconds))
}
