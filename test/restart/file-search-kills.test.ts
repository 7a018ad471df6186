import { beforeAll, describe, expect, test } from 'vitest'
import { long } from '../faults/long-form.js'
import { builtPackage } from './built-package.js'
import { PLACES, type Route, takeRoute } from './routes.js'
import { type Death, diesOf, runWorker, untilDying } from './supervisor.js'

const ROUTES: readonly Route[] = [
  { name: 'file to file, dead letters to a file', from: 'file', to: { file: 'target.csv' }, skips: true },
  { name: 'table to table, dead letters to a file', skips: true },
  {
    name: 'table to a packed file that is seen whole, dead letters to a file',
    to: { file: 'target.csv.gz', atomic: true },
    skips: true,
  },
]
const ORDINARY = 2

/** A search of the first chunk, which has two bad rows, writes parts of it at least so often. */
const WRITES = long ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] : [4]

/** The first two are rolled back. */
const SLEEPS = long ? [0, 1, 2, 3, 4, 5, 6] : [1]

const TRIPS = long
  ? ROUTES.flatMap((route) => PLACES.map((place) => ({ route, place })))
  : ROUTES.slice(0, ORDINARY).flatMap((route, index) =>
      PLACES.slice(2 * index, 2 * index + 1).map((place) => ({ route, place })),
    )

beforeAll(builtPackage, 120_000)

describe.each(TRIPS)('$route.name, $place.database.on, $place.concurrency at once', ({ route, place }) => {
  test('of processes killed in the search for bad rows, each row is written once or skipped once', async () => {
    await using trip = await takeRoute(route, place)
    const { order } = trip
    for (const death of deathsOn(route)) {
      expect([death, await diesOf(order, death)]).toEqual([death, true])
      if (death.moment === 'before-write') await trip.expectCommitted()
    }
    await runWorker(order)
    await trip.expectDone()
  }, 300_000)

  test.each(SLEEPS)(
    'a process asleep in it, write %i, for longer than its lease cuts nothing off when it wakes',
    async (chunk) => {
      await using trip = await takeRoute(route, place)
      const { order } = trip
      const death = { chunk, moment: 'after-write', signal: 'SIGSTOP' } as const
      const sleeper = await untilDying({ ...order, leaseDuration: '500ms', death })
      try {
        await runWorker(order)
        sleeper.signal('SIGCONT')
        expect((await sleeper.ended).outcome).toBe('FAILED')
        await trip.expectDone()
      } finally {
        sleeper.signal('SIGKILL')
      }
    },
  )
})

/** When processes die: in a search, always the same one, at its end, behind its commit, and at the end of the job. */
function deathsOn({ to }: Route): readonly Death[] {
  const torn: readonly Death['moment'][] = to === undefined ? [] : ['in-write']
  const atItsEnd = ['before-letters', 'in-write', 'after-letters', 'before-commit', 'after-commit-is-sent'] as const
  return [
    ...WRITES.flatMap((chunk) => (['after-write', 'before-write'] as const).map((moment) => ({ chunk, moment }))),
    ...torn.map((moment) => ({ chunk: 5, moment })),
    ...[...atItsEnd, ...(['after-chunk', 'in-footer', 'after-complete'] as const)].map((moment) => ({
      chunk: 0,
      moment,
    })),
  ]
}
