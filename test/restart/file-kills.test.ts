import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { long } from '../faults/long-form.js'
import { builtPackage } from './built-package.js'
import { randomKills } from './random-kill.js'
import { Random } from './random.js'
import { type Place, PLACES, type Route, takeRoute } from './routes.js'
import { type Death, diesOf, runWorker, superviseToTheEnd, untilDying } from './supervisor.js'

/** Files have one position: chunks commit in read order. The first ones are what every run has time for. */
const ROUTES: readonly Route[] = [
  { name: 'file to table', from: 'file' },
  { name: 'table to file', to: { file: 'target.csv' } },
  { name: 'file to a packed file that is seen whole', from: 'file', to: { file: 'target.csv.gz', atomic: true } },
  { name: 'service to table', from: 'service' },
  { name: 'file to file', from: 'file', to: { file: 'target.csv' } },
  { name: 'table to a file that has something', to: { file: 'target.csv', append: true } },
  { name: 'service to a file that is seen whole', from: 'service', to: { file: 'target.csv', atomic: true } },
]
const ORDINARY = 4

/** Each route in each place, or in one of them. */
const TRIPS = long
  ? ROUTES.flatMap((route) => PLACES.map((place) => ({ route, place })))
  : ROUTES.slice(0, ORDINARY).flatMap((route, index) =>
      PLACES.slice(index, index + 1).map((place) => ({ route, place })),
    )

beforeAll(builtPackage, 120_000)

describe.each(TRIPS)('$route.name, $place.database.on, $place.concurrency at once', ({ route, place }) => {
  test('of processes killed at each moment, one after another, nothing is lost and nothing doubled', async () => {
    await using trip = await takeRoute(route, place)
    const { order } = trip
    for (const death of deathsOn(route)) {
      expect([death.moment, await diesOf(order, death)]).toEqual([death.moment, true])
      if (death.moment === 'before-write' && death.chunk === 0) await trip.expectCommitted()
    }
    await runWorker(order)
    await trip.expectDone()
    if (order.to !== undefined) expect(readFileSync(order.to.file).equals(await unbroken(route, place))).toBe(true)
  }, 300_000)

  test.each(sleepsOn(route))(
    'a process asleep %s for longer than its lease changes nothing when it wakes',
    async (moment) => {
      await using trip = await takeRoute(route, place)
      const { order } = trip
      const death = { chunk: 2, moment, signal: 'SIGSTOP' } as const
      const sleeper = await untilDying({ ...order, leaseDuration: '500ms', death })
      try {
        await runWorker(order)
        await trip.expectDone()
        sleeper.signal('SIGCONT')
        expect((await sleeper.ended).outcome).toBe('FAILED')
        await trip.expectDone()
      } finally {
        sleeper.signal('SIGKILL')
      }
    },
  )

  test.each(seedsOn(route))(
    'of processes killed at moments left to chance, nothing is lost and nothing doubled',
    async (random) => {
      await using trip = await takeRoute(route, place)
      expect(await superviseToTheEnd(trip.order, randomKills(random))).toBeGreaterThan(0)
      await trip.expectDone()
    },
    300_000,
  )
})

/** What a process that nobody kills makes of a file. */
async function unbroken(route: Route, place: Place): Promise<Buffer> {
  await using trip = await takeRoute(route, place)
  const { order } = trip
  await runWorker(order)
  return readFileSync(order.to?.file ?? '')
}

/** When processes die, in the order in which processes do. */
function deathsOn({ to }: Route): readonly Death[] {
  const beforeTheEnd: readonly Death[] = [
    { chunk: 0, moment: 'after-write' },
    { chunk: 0, moment: 'before-write' },
    { chunk: 1, moment: 'in-read' },
    { chunk: 2, moment: 'in-process' },
    { chunk: 2, moment: 'after-write' },
    { chunk: 0, moment: 'before-write' },
    { chunk: 1, moment: 'before-commit' },
    { chunk: 2, moment: 'after-commit-is-sent' },
    { chunk: 1, moment: 'after-chunk' },
  ]
  if (to === undefined) return beforeTheEnd
  const torn: readonly Death[] = [
    { chunk: 0, moment: 'in-write' },
    { chunk: 2, moment: 'in-write' },
    { chunk: 0, moment: 'before-write' },
  ]
  const renaming: readonly Death['moment'][] = ['before-rename', 'after-rename', 'before-rename', 'after-rename']
  const ends: readonly Death['moment'][] = ['in-footer', ...(to.atomic ? renaming : []), 'after-complete', 'in-footer']
  return [...torn, ...beforeTheEnd, ...ends.map((moment) => ({ chunk: 0, moment }))]
}

/** Where a file can be hurt by a process that has lost its lease. */
function sleepsOn({ to }: Route): readonly Death['moment'][] {
  if (to === undefined) return []
  const ordinary: readonly Death['moment'][] = ['before-write']
  return long ? [...ordinary, 'in-process', 'after-write', 'before-commit', 'after-chunk', 'in-footer'] : ordinary
}

/** What chance begins with; tables alone are tried by it elsewhere. */
function seedsOn({ to }: Route): readonly Random[] {
  return long || to !== undefined ? [new Random()] : []
}
