import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from './built-package.js'
import { CHUNK_SIZE, copyDatabase, expectExactlyOnce, mysqlCopyDatabase } from './copy-database.js'
import { MODES } from './modes.js'
import { sleepInCommit, untilAsleep } from './slow-commit.js'
import { type Death, runWorker, startWorker, type Worker, type WorkerOrder } from './supervisor.js'

const MOMENTS: readonly Death['moment'][] = [
  'in-read',
  'in-process',
  'before-write',
  'after-write',
  'before-commit',
  'after-commit-is-sent',
  'after-chunk',
]

/** `after-write`: with its rows in an open transaction. `before-commit`: with only the COMMIT missing. */
const SLEEPS: readonly Death['moment'][] = ['in-process', 'after-write', 'before-commit', 'after-chunk']

beforeAll(builtPackage, 120_000)

/** Each makes a database with a job repository and rows to copy. */
const DATABASES = [
  { on: 'PostgreSQL', copyDatabase },
  { on: 'MySQL', copyDatabase: mysqlCopyDatabase },
] as const

const EVERYWHERE = DATABASES.flatMap((database) => MODES.map((mode) => ({ ...database, ...mode })))

describe.each(EVERYWHERE)('$on, $name', (mode) => {
  const order = { ...mode.order, chunkSize: CHUNK_SIZE }

  test.each(MOMENTS)('a process killed %s leaves nothing for its successor to lose or double', async (moment) => {
    const database = await mode.copyDatabase()
    const first = await runWorker({ ...order, url: database.url, death: { chunk: 3, moment } })
    expect(first.killed).toBe(true)
    expect(first.said.at(-1)).toBe('dying')
    await runWorker({ ...order, url: database.url })
    await expectExactlyOnce(database.pool(), order)
  })

  test('of two processes that start at once after a kill, one goes on and the other is refused', async () => {
    const database = await mode.copyDatabase()
    await runWorker({ ...order, url: database.url, death: { chunk: 3, moment: 'after-write' } })
    const both = [1, 2].map(() => startWorker({ ...order, url: database.url }).ended)
    const outcomes = (await Promise.all(both)).map(({ outcome }) => outcome)
    expect(new Set(outcomes)).toEqual(new Set(['COMPLETED', 'REFUSED']))
    await expectExactlyOnce(database.pool(), order)
  })

  test.each(SLEEPS)('a process asleep %s for longer than its lease writes nothing when it wakes', async (moment) => {
    const database = await mode.copyDatabase()
    const death = { chunk: 3, moment, signal: 'SIGSTOP' } as const
    const sleeper = await untilDying({ ...order, url: database.url, leaseDuration: '500ms', death })
    try {
      await runWorker({ ...order, url: database.url })
      sleeper.signal('SIGCONT')
      expect((await sleeper.ended).outcome).toBe('FAILED')
      await expectExactlyOnce(database.pool(), order)
    } finally {
      sleeper.signal('SIGKILL')
    }
  })
})

describe.each(MODES)('$name', (mode) => {
  const order = { ...mode.order, chunkSize: CHUNK_SIZE }

  test('a process killed while the server works on its COMMIT leaves the chunk whole or not at all', async () => {
    const database = await copyDatabase()
    const pool = database.pool({ max: 2 })
    await sleepInCommit(pool, 3 * CHUNK_SIZE + 1)
    const worker = startWorker({ ...order, url: database.url, holdAt: 10 })
    await untilAsleep(pool, worker)
    worker.signal('SIGKILL')
    expect((await worker.ended).killed).toBe(true)
    await runWorker({ ...order, url: database.url })
    await expectExactlyOnce(pool, order)
  })
})

/** Starts a worker and resolves when it has reached its deadly moment. */
function untilDying(order: WorkerOrder): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = startWorker(order, (line) => {
      if (line === 'dying') resolve(worker)
    })
    worker.ended.then((end) => reject(new Error(`it ended instead: ${end.said.at(-1)}`)), reject)
  })
}
