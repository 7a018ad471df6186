import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PrivateServer } from '../../scripts/private-server.mjs'
import { builtPackage } from '../restart/built-package.js'
import { CHUNK_SIZE, expectExactlyOnce } from '../restart/copy-database.js'
import { MODES } from '../restart/modes.js'
import { Random } from '../restart/random.js'
import { startWorker, type WorkerEnd } from '../restart/supervisor.js'
import { watchLiveExecutions } from './live-executions.js'
import { long } from './long-form.js'
import { type OwnDatabase, SERVERS } from './own-server.js'

const SECONDS = long ? 10 : 2
/** The job lasts at least as long as the faults: that many chunks, each followed by this pause. */
const PACE = Math.ceil((SECONDS * 1_000 * CHUNK_SIZE) / 8_000)

beforeAll(builtPackage, 120_000)

describe.each(SERVERS)('on $on', (kind) => {
  let server: PrivateServer
  let database: OwnDatabase

  beforeAll(async () => {
    server = await kind.start()
    return () => server.stop()
  }, 120_000)

  beforeEach(async () => {
    database = await kind.copyDatabase(server)
    return () => database.pool.end()
  })

  describe.each(MODES)('$name', ({ order }) => {
    // In any order the pauses of several chunks go by at once.
    const pace = order.commitOrder === 'any' ? PACE * order.concurrency : PACE
    const whole = { ...order, chunkSize: CHUNK_SIZE, keepGoing: true, pace }

    test('nothing is lost or doubled while one of our sessions is ended every 50 ms', async () => {
      const random = new Random()
      const watch = watchLiveExecutions(database.pool)
      const worker = startWorker({ ...whole, url: database.url })
      let ended = false
      const over = worker.ended.finally(() => (ended = true))
      let killed = 0
      for (const until = Date.now() + SECONDS * 1_000; Date.now() < until && !ended; await delay(50)) {
        killed += await endOne(database, random)
      }
      console.log(`seed ${random.seed}, ${killed} sessions ended`)
      expect(killed).toBeGreaterThan(10)
      await expectCompleted(over)
      expect((await watch.stop()).most).toBe(1)
      await expectExactlyOnce(database.pool, whole)
    }, 120_000)

    test('nothing is lost or doubled when the server is restarted as after a crash', async () => {
      const watch = watchLiveExecutions(database.pool)
      const worker = startWorker({ ...whole, url: database.url })
      const over = worker.ended
      for (let crash = 1; crash <= (long ? 5 : 1); crash++) {
        await delay(400)
        await server.kill()
        await delay(300)
        await server.restart()
      }
      await expectCompleted(over)
      expect((await watch.stop()).most).toBe(1)
      await expectExactlyOnce(database.pool, whole)
    }, 120_000)
  })
})

/** Ends a session of the worker, any; 0 if there was none. */
async function endOne({ sessions, end }: OwnDatabase, random: Random): Promise<number> {
  const found = await sessions()
  if (found.length === 0) return 0
  await end(found[random.between(0, found.length - 1)] as number)
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
