import { chunkStep, type StepCounts } from 'chunkwise'
import { runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { numbers } from '../deferred.js'
import { type Place, places, REFUSALS, REFUSED } from './places.js'

let steps = 0

const isBad = (value: number) => value <= 0

/** Copies items to a place, skipping what it refuses. */
function copy(place: Place, items: readonly number[], limit = 1_000, chunkSize = 400) {
  return chunkStep(`copy ${++steps}`, {
    chunkSize,
    reader: items,
    writer: place.writer,
    skip: { limit, on: REFUSALS, to: place.letters },
  })
}

/** The items with those at the given places, from 0, made bad. */
const poisoned = (size: number, ...at: number[]) =>
  numbers(size).map((item, index) => (at.includes(index) ? -item : item))

const sum = ({ write, filter, processSkip, writeSkip }: StepCounts) => write + filter + processSkip + writeSkip

describe.each(places)('a write that $name refuses', ({ make }) => {
  it.each([
    ['first', [0]],
    ['in the middle', [199]],
    ['last', [399]],
    ['twice', [17, 300]],
    ['side by side', [5, 6]],
    ['in the second chunk', [450]],
  ])('is skipped alone: %s', async (_where, at) => {
    const place = await make()
    const items = poisoned(500, ...at)
    const execution = await runStep(copy(place, items), { repository: place.repository })
    expect(execution.failures).toEqual([])
    expect(await place.rows()).toEqual(items.filter((item) => !isBad(item)))
    expect(execution.counts).toMatchObject({ read: 500, write: 500 - at.length, writeSkip: at.length, commit: 2 })
    expect(await place.deadLetters()).toEqual(at.map((index) => `write ${index}`))
  })

  it('is skipped with all others when all are refused', async () => {
    const place = await make()
    const execution = await runStep(
      copy(
        place,
        numbers(9).map((item) => -item),
      ),
      { repository: place.repository },
    )
    expect(execution).toMatchObject({ status: 'COMPLETED', counts: { read: 9, write: 0, writeSkip: 9, rollback: 1 } })
    expect(await place.rows()).toEqual([])
    expect(await place.deadLetters()).toHaveLength(9)
  })

  it('costs at most log2(n) + 2 further writes, rounded up, wherever it stands', async () => {
    const place = await make()
    const costs: number[] = []
    for (const at of [0, 1, 13, 199, 200, 398, 399]) {
      place.calls.count = 0
      await runStep(copy(place, poisoned(400, at)), { repository: place.repository })
      costs.push(place.calls.count)
    }
    expect(Math.max(...costs)).toBeLessThanOrEqual(1 + 9 + 2)
  })

  it('is rolled back once, however many of the chunk are bad', async () => {
    const place = await make()
    const { counts } = await runStep(copy(place, poisoned(400, 3, 77, 200, 388)), { repository: place.repository })
    expect(counts).toMatchObject({ rollback: 1, commit: 1 })
  })

  it('is tolerated as often as the limit says, and not once more', async () => {
    const place = await make()
    const items = poisoned(60, 3, 14, 40)
    const exact = await runStep(copy(place, items, 3, 20), { repository: place.repository })
    expect(exact).toMatchObject({ status: 'COMPLETED', counts: { writeSkip: 3, write: 57 } })
    const over = await runStep(copy(place, items, 2, 20), { repository: place.repository })
    expect(over).toMatchObject({
      status: 'FAILED',
      failures: [{ code: 'BATCH_SKIP_LIMIT_EXCEEDED', limit: 2, count: 3, cause: expect.any(Error) }],
      counts: { read: 40, writeSkip: 2, write: 38, rollback: 3 },
    })
    expect(await place.deadLetters()).toHaveLength(3 + 2)
  })

  it('stops the search once the limit is passed', async () => {
    const place = await make()
    const items = numbers(400).map((item) => -item)
    const execution = await runStep(copy(place, items, 2), { repository: place.repository })
    expect(execution.status).toBe('FAILED')
    expect(place.calls.count).toBeLessThan(30)
  })

  it('goes on after the failed step where it was, with a limit that begins anew', async () => {
    const place = await make()
    const items = poisoned(60, 3, 14, 40)
    const step = copy(place, items, 2, 20)
    const failed = await runStep(step, { repository: place.repository })
    const restarted = await runStep(step, { repository: place.repository })
    expect([failed.status, restarted.status]).toEqual(['FAILED', 'COMPLETED'])
    expect(sum(failed.counts) + sum(restarted.counts)).toBe(60)
    expect(failed.counts.read + restarted.counts.read).toBe(60)
    expect(await place.rows()).toEqual(items.filter((item) => !isBad(item)))
    expect(await place.deadLetters()).toEqual(['write 3', 'write 14', 'write 40'])
  })

  it('fails the step when it is not named', async () => {
    const place = await make()
    const step = chunkStep('named', {
      chunkSize: 4,
      reader: poisoned(8, 5),
      writer: place.writer,
      skip: { limit: 5, on: ['23505', TypeError], notOn: [] },
    })
    const execution = await runStep(step, { repository: place.repository })
    expect(execution).toMatchObject({ status: 'FAILED', counts: { write: 4, writeSkip: 0, rollback: 1 } })
  })

  it('and a process error in the same chunk are both skipped', async () => {
    const place = await make()
    const step = chunkStep(`both ${++steps}`, {
      chunkSize: 10,
      reader: numbers(20),
      processor: (item) => {
        if (item === 3) throw new RangeError('three')
        if (item === 5) return null
        return item === 7 ? -item : item
      },
      writer: place.writer,
      skip: { limit: 2, on: [...REFUSALS, RangeError], to: place.letters },
    })
    const execution = await runStep(step, { repository: place.repository })
    const counts = { read: 20, write: 17, filter: 1, processSkip: 1, writeSkip: 1 }
    expect(execution).toMatchObject({ status: 'COMPLETED', counts })
    expect(await place.deadLetters()).toEqual(['process 2', 'write 6'])
    expect(await place.rows()).toEqual(numbers(20).filter((item) => ![3, 5, 7].includes(item)))
  })

  it('undoes what the refused part has put into the context, and keeps what the rest has put', async () => {
    const place = await make()
    const step = chunkStep(`put ${++steps}`, {
      chunkSize: 8,
      reader: poisoned(8, 2),
      writer: {
        transactional: true,
        async write(items, context) {
          for (const item of items) context.executionContext.put(`item ${item}`, true)
          await place.writer.write(items, context)
        },
      },
      skip: { limit: 1, on: REFUSALS },
    })
    const { executionContext } = await runStep(step, { repository: place.repository })
    const put = executionContext.keys().filter((key) => key.startsWith('item'))
    expect(put.toSorted()).toEqual([1, 2, 4, 5, 6, 7, 8].map((item) => `item ${item}`))
  })

  it('keeps each key with its item, in a searched half too', async () => {
    const place = await make()
    const keys = new Map<number, string>()
    const step = chunkStep('keyed', {
      chunkSize: 8,
      reader: poisoned(16, 11),
      processor: (item) => (item === 4 ? null : item),
      writer: {
        transactional: true,
        write(items, context) {
          items.forEach((item, index) => {
            const key = context.keys[index]!.split(':').at(-1)!
            expect(keys.get(item) ?? key).toBe(key)
            keys.set(item, key)
          })
          return place.writer.write(items, context)
        },
      },
      skip: { limit: 1, on: REFUSALS },
    })
    expect((await runStep(step, { repository: place.repository })).status).toBe('COMPLETED')
    expect([...keys].map(([item, key]) => [Math.abs(item) - 1, Number(key)]).every(([a, b]) => a === b)).toBe(true)
    expect(keys.size).toBe(15)
  })

  it('is written after all when the failure does not come again', async () => {
    const place = await make()
    let failing = true
    const step = chunkStep('flaky', {
      chunkSize: 8,
      reader: numbers(8),
      writer: {
        transactional: true,
        async write(items, context) {
          await place.writer.write(items, context)
          if (!failing) return
          failing = false
          throw new RangeError('once')
        },
      },
      skip: { limit: 0, on: [RangeError] },
    })
    expect(await runStep(step, { repository: place.repository })).toMatchObject({
      status: 'COMPLETED',
      counts: { write: 8, writeSkip: 0, rollback: 1 },
    })
    expect(await place.rows()).toEqual(numbers(8))
  })

  it('is not skipped when its dead letter cannot be written, nor when a listener fails', async () => {
    for (const failing of ['to', 'listener']) {
      const place = await make()
      const fail = () => {
        throw Object.assign(new Error('no place'), { code: REFUSED })
      }
      const step = chunkStep(`letters ${++steps}`, {
        chunkSize: 4,
        reader: poisoned(8, 5),
        writer: place.writer,
        skip: { limit: 5, on: REFUSALS, to: failing === 'to' ? fail : place.letters },
        listeners: failing === 'listener' ? [{ onSkipInWrite: fail }] : [],
      })
      const execution = await runStep(step, { repository: place.repository })
      expect(execution).toMatchObject({ status: 'FAILED', counts: { read: 4, write: 4, writeSkip: 0, rollback: 2 } })
      expect(String(execution.failures[0])).toContain('no place')
      expect([await place.rows(), await place.deadLetters()]).toEqual([numbers(4), []])
    }
  })
})
