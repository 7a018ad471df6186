import { chunkStep, type DeadLetter, type ItemWriter, job, JobOperator, type StepCounts } from 'chunkwise'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { numbers } from '../deferred.js'
import { places, REFUSALS } from './places.js'

const LENGTH = 40

class Passing extends Error {}
class Bad extends Error {}

/** What goes wrong with the items, and how the step is told to take it. */
interface Plan {
  readonly chunkSize: number
  readonly concurrency: number
  readonly itemConcurrency: number
  /** Items whose processing always fails; that fail once; that the database refuses; in whose write it fails once. */
  readonly bad: readonly number[]
  readonly flaky: readonly number[]
  readonly refused: readonly number[]
  readonly flakyWrite: readonly number[]
  readonly filtered: readonly number[]
  readonly limit: number
}

const some = fc.uniqueArray(fc.integer({ min: 1, max: LENGTH }), { maxLength: 5 })
const plans: fc.Arbitrary<Plan> = fc.record({
  chunkSize: fc.integer({ min: 1, max: 17 }),
  concurrency: fc.integer({ min: 1, max: 24 }),
  itemConcurrency: fc.integer({ min: 1, max: 3 }),
  bad: some,
  flaky: some,
  refused: some,
  flakyWrite: some,
  filtered: some,
  limit: fc.integer({ min: 0, max: 8 }),
})

/** Whether an item is to be skipped: a filtered or failed one never reaches the writer. */
const isSkipped = ({ bad, refused, filtered }: Plan, item: number) =>
  bad.includes(item) || (refused.includes(item) && !filtered.includes(item))

let jobs = 0

describe.each(places)('in $name', ({ name, make }) => {
  it('rows and skips are the items, exactly, whatever fails, however often it is restarted', async () => {
    const property = fc.asyncProperty(plans, async (plan) => {
      const place = await make()
      const once = new Set<string>()
      const failOnce = (kind: string, item: number) => {
        if (once.has(`${kind} ${item}`)) return
        once.add(`${kind} ${item}`)
        throw new Passing(`${kind} ${item}`)
      }
      const letters: ItemWriter<DeadLetter> = place.letters
      const writer: ItemWriter<number> = {
        transactional: true,
        async write(items, context) {
          await place.writer.write(items, context)
          for (const item of items) if (plan.flakyWrite.includes(item)) failOnce('write', item)
        },
      }
      const step = chunkStep('random', {
        chunkSize: plan.chunkSize,
        concurrency: plan.concurrency,
        itemConcurrency: plan.itemConcurrency,
        reader: numbers(LENGTH),
        processor: (item) => {
          if (plan.flaky.includes(item)) failOnce('process', item)
          if (plan.bad.includes(item)) throw new Bad(`process ${item}`)
          if (plan.filtered.includes(item)) return null
          return plan.refused.includes(item) ? -item : item
        },
        writer,
        retry: { maxAttempts: 7, on: [Passing] },
        skip: { limit: plan.limit, on: [Bad, ...REFUSALS], to: letters },
      })
      const made = job(`random ${name} ${++jobs}`).start(step).build()
      await using operator = new JobOperator({ repository: place.repository, jobs: [made] })
      const all: StepCounts[] = []
      for (let run = 0; run < LENGTH; run++) {
        const execution = await operator.run(made)
        const { counts, failures } = execution.stepExecutions[0]!
        expect(counts.read).toBe(counts.write + counts.filter + counts.processSkip + counts.writeSkip)
        expect(counts.processSkip + counts.writeSkip).toBeLessThanOrEqual(plan.limit)
        all.push(counts)
        if (execution.status === 'COMPLETED') break
        expect(failures[0]).toMatchObject({ code: 'BATCH_SKIP_LIMIT_EXCEEDED', limit: plan.limit })
        // A chunk with more bad items than the limit never gets through: so it must be.
        if (counts.read === 0) return
      }
      const rows = await place.rows()
      const kept = numbers(LENGTH).filter((item) => !isSkipped(plan, item) && !plan.filtered.includes(item))
      expect(rows).toEqual(kept)
      const skipped = numbers(LENGTH).filter((item) => isSkipped(plan, item))
      const positions = (await place.deadLetters()).map((letter) => Number(letter.split(' ')[1]) + 1)
      expect(positions.toSorted((a, b) => a - b)).toEqual(skipped)
      const sum = (count: keyof StepCounts) => all.reduce((total, counts) => total + counts[count], 0)
      expect([sum('read'), sum('write'), sum('processSkip') + sum('writeSkip')]).toEqual([
        LENGTH,
        kept.length,
        skipped.length,
      ])
    })
    await fc.assert(property, { numRuns: name === 'memory' ? 200 : 25 })
  })
})
