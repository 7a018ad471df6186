import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from './built-package.js'
import { CHUNK_SIZE, copyDatabase, expectExactlyOnce } from './copy-database.js'
import { type Death, runWorker, startWorker, type Worker, type WorkerOrder } from './supervisor.js'

const MOMENTS: readonly Death['moment'][] = [
  'before-write',
  'after-write',
  'before-commit',
  'after-commit-is-sent',
  'after-chunk',
]

const SLEEPS: readonly Death['moment'][] = ['after-write', 'before-commit', 'after-chunk']

beforeAll(builtPackage, 120_000)

describe.each([1, 8])('with %i chunks at once', (concurrency) => {
  const order = { concurrency, chunkSize: CHUNK_SIZE }

  test.each(MOMENTS)('a process killed %s leaves nothing for its successor to lose or double', async (moment) => {
    const database = await copyDatabase()
    const first = await runWorker({ ...order, url: database.url, death: { chunk: 3, moment } })
    expect(first.killed).toBe(true)
    expect(first.said.at(-1)).toBe('dying')
    await runWorker({ ...order, url: database.url })
    await expectExactlyOnce(database.pool())
  })

  test('a process killed while the server works on its COMMIT leaves the chunk whole or not at all', async () => {
    const database = await copyDatabase()
    const pool = database.pool({ max: 2 })
    // Deferred: the server sleeps inside COMMIT, once, for the first chunk that has this row.
    await pool.query(`
      create sequence sleeps;
      create function sleep_once() returns trigger language plpgsql as $$
      begin
        if nextval('sleeps') = 1 then perform pg_sleep(1); end if;
        return null;
      end $$;
      create constraint trigger slow_commit after insert on target deferrable initially deferred
        for each row when (new.id = ${3 * CHUNK_SIZE + 1}) execute function sleep_once()`)
    const worker = startWorker({ ...order, url: database.url, holdAt: 10 })
    await untilAsleep(pool, worker)
    worker.signal('SIGKILL')
    expect((await worker.ended).killed).toBe(true)
    await runWorker({ ...order, url: database.url })
    await expectExactlyOnce(pool)
  })

  test('of two processes that start at once after a kill, one goes on and the other is refused', async () => {
    const database = await copyDatabase()
    await runWorker({ ...order, url: database.url, death: { chunk: 3, moment: 'after-write' } })
    const both = [1, 2].map(() => startWorker({ ...order, url: database.url }).ended)
    const outcomes = (await Promise.all(both)).map(({ outcome }) => outcome)
    expect(new Set(outcomes)).toEqual(new Set(['COMPLETED', 'REFUSED']))
    await expectExactlyOnce(database.pool())
  })

  test.each(SLEEPS)('a process asleep %s for longer than its lease writes nothing when it wakes', async (moment) => {
    const database = await copyDatabase()
    const death = { chunk: 3, moment, signal: 'SIGSTOP' } as const
    const sleeper = await untilDying({ ...order, url: database.url, leaseDuration: '500ms', death })
    try {
      await runWorker({ ...order, url: database.url })
      sleeper.signal('SIGCONT')
      expect((await sleeper.ended).outcome).toBe('FAILED')
      await expectExactlyOnce(database.pool())
    } finally {
      sleeper.signal('SIGKILL')
    }
  })
})

/** Resolves when a session sleeps in its COMMIT; rejects when the worker ends before. */
async function untilAsleep(pool: pg.Pool, worker: Worker): Promise<void> {
  const asleep = "select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"
  const look = async (): Promise<'asleep'> => {
    while ((await pool.query(asleep)).rowCount === 0) await delay(5)
    return 'asleep'
  }
  const end = await Promise.race([look(), worker.ended])
  if (end !== 'asleep') throw new Error(`the worker ended before its commit slept: ${end.said.at(-1)}`)
}

/** Starts a worker and resolves when it has reached its deadly moment. */
function untilDying(order: WorkerOrder): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = startWorker(order, (line) => {
      if (line === 'dying') resolve(worker)
    })
    worker.ended.then((end) => reject(new Error(`it ended instead: ${end.said.at(-1)}`)), reject)
  })
}
