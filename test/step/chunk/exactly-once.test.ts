import { addCounts, chunkStep, JobOperator, job, MemoryJobRepository, type StepCounts } from 'chunkwise'
import { ListItemWriter } from 'chunkwise/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { numbers } from '../deferred.js'

/** One execution: how it runs, and at which item what happens. */
interface Run {
  readonly chunkSize: number
  readonly concurrency: number
  readonly itemConcurrency: number
  readonly failProcess: number
  readonly failRead: number
  readonly failWrite: number
  readonly stopAt: number
}

const LENGTH = 23
const item = fc.integer({ min: 1, max: 2 * LENGTH })
const run: fc.Arbitrary<Run> = fc.record({
  chunkSize: fc.integer({ min: 1, max: 9 }),
  concurrency: fc.integer({ min: 1, max: 5 }),
  itemConcurrency: fc.integer({ min: 1, max: 3 }),
  failProcess: item,
  failRead: item,
  failWrite: item,
  stopAt: item,
})
const CALM = { chunkSize: 4, concurrency: 3, itemConcurrency: 1, failProcess: 0, failRead: 0, failWrite: 0, stopAt: 0 }
const keep = (value: number) => value % 3 !== 0

it('every row is written once and in order, and counts add up, whatever fails, stops, or takes long', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(run, { maxLength: 5 }), fc.scheduler(), async (runs, scheduler) => {
      const repository = new MemoryJobRepository()
      const writer = new ListItemWriter<number>()
      const totals: StepCounts[] = []
      const later = () => scheduler.schedule(Promise.resolve())
      for (const plan of [...runs, CALM]) {
        await using operator = new JobOperator({ repository })
        let stop: () => unknown = () => undefined
        const { chunkSize, concurrency, itemConcurrency } = plan
        const step = chunkStep('random', {
          chunkSize,
          concurrency,
          itemConcurrency,
          reader: async function* () {
            for (const value of numbers(LENGTH)) {
              if (value === plan.failRead) throw new Error(`read ${value}`)
              yield value
            }
          },
          processor: async (value) => {
            await later()
            if (value === plan.stopAt) stop()
            if (value === plan.failProcess) throw new Error(`process ${value}`)
            return keep(value) ? value : null
          },
          writer: {
            transactional: true,
            async write(items, context) {
              await later()
              writer.write(items, context)
              await later()
              if (items.includes(plan.failWrite)) throw new Error(`write ${plan.failWrite}`)
            },
          },
        })
        const handle = await operator.start(job('random').start(step).build())
        stop = () => handle.stop()
        const execution = await scheduler.waitFor(handle.result)
        const { counts } = execution.stepExecutions[0]!
        expect(counts.read).toBe(counts.write + counts.filter)
        totals.push(counts)
        expect(writer.items).toEqual(numbers(LENGTH).filter(keep).slice(0, writer.items.length))
        if (execution.status === 'COMPLETED') break
      }
      expect(writer.items).toEqual(numbers(LENGTH).filter(keep))
      const sum = totals.reduce((total, counts) => addCounts(total, counts))
      expect(sum).toMatchObject({ read: LENGTH, write: writer.items.length, filter: LENGTH - writer.items.length })
    }),
    { numRuns: 150 },
  )
})
