import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from './built-package.js'
import { CHUNK_SIZE, expectExactlyOnce } from './copy-database.js'
import { EVERYWHERE } from './everywhere.js'
import { type Death, runWorker, startWorker, untilDying } from './supervisor.js'

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
