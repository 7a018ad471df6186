import { addCounts, chunkStep, JobOperator, job, MemoryJobRepository, type StepCounts } from 'chunkwise'
import { ListItemWriter } from 'chunkwise/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { numbers } from '../deferred.js'
import { NumbersReader } from './numbers-reader.js'

/** One execution: how it runs, at which item what happens, and how the table changes before it. */
interface Run {
  readonly chunkSize: number
  readonly concurrency: number
  readonly failProcess: number
  readonly failRead: number
  readonly failWrite: number
  readonly stopAt: number
  readonly dieAt: number
  readonly removed: readonly number[]
  readonly added: readonly number[]
}

const LENGTH = 80
const item = fc.integer({ min: 1, max: 3 * LENGTH })
const some = fc.uniqueArray(fc.integer({ min: 1, max: LENGTH + 10 }), { maxLength: 6 })
const run: fc.Arbitrary<Run> = fc.record({
  chunkSize: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 9 })),
  concurrency: fc.integer({ min: 1, max: 6 }),
  failProcess: item,
  failRead: fc.integer({ min: 1, max: 3 * LENGTH }),
  failWrite: item,
  stopAt: item,
  dieAt: item,
  removed: some,
  added: some,
})
const CALM: Run = {
  chunkSize: 4,
  concurrency: 3,
  failProcess: 0,
  failRead: 0,
  failWrite: 0,
  stopAt: 0,
  dieAt: 0,
  removed: [],
  added: [],
}
const keep = (value: number) => value % 3 !== 0

it('every row is written once, and counts add up, in whatever order chunks commit, fail, stop and start again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(run, { maxLength: 6 }), fc.scheduler(), async (runs, scheduler) => {
      const repository = new MemoryJobRepository()
      const writer = new ListItemWriter<number>()
      const table = new Set(numbers(LENGTH))
      /** What was in the table all the time, and what was ever in it. */
      const always = new Set(table)
      const ever = new Set(table)
      const later = () => scheduler.schedule(Promise.resolve())
      for (const plan of [...runs, CALM]) {
        for (const value of plan.removed) {
          table.delete(value)
          always.delete(value)
        }
        for (const value of plan.added) {
          table.add(value)
          ever.add(value)
        }
        await using operator = new JobOperator({ repository })
        let stop: () => unknown = () => undefined
        let reads = 0
        const { chunkSize, concurrency } = plan
        const step = chunkStep('random', {
          chunkSize,
          concurrency,
          commitOrder: 'any',
          reader: () =>
            new NumbersReader(table, async () => {
              await later()
              if (++reads === plan.failRead) throw new Error(`read ${reads}`)
            }),
          processor: async (value: number) => {
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
              if (items.includes(plan.dieAt)) await takeOver(repository, context.stepExecution.jobInstanceId)
              if (items.includes(plan.failWrite)) throw new Error(`write ${plan.failWrite}`)
            },
          },
        })
        const handle = await operator.start(job('random').start(step).build())
        stop = () => handle.stop()
        const execution = await scheduler.waitFor(handle.result)
        const expected = /Error: (read|process|write) \d|no longer owns execution/
        expect(execution.failures.map(String).filter((text) => !expected.test(text))).toEqual([])
        expect(new Set(writer.items).size).toBe(writer.items.length)
        const totals = await sumOfCounts(repository, execution.jobInstance.id)
        expect(totals.read).toBe(totals.write + totals.filter)
        // The stored counts are the truth after every execution, also after one that has died.
        expect(totals.write).toBe(writer.items.length)
        if (execution.status === 'COMPLETED') break
      }
      const written = new Set(writer.items)
      expect([...always].filter((value) => keep(value) && !written.has(value))).toEqual([])
      expect(writer.items.filter((value) => !ever.has(value) || !keep(value))).toEqual([])
    }),
    { numRuns: 100 },
  )
})

/** As if the owner had died: nothing more of its execution may commit. */
async function takeOver(repository: MemoryJobRepository, jobInstanceId: number): Promise<void> {
  const lease = await repository.findLease(jobInstanceId)
  if (lease !== undefined) await repository.takeOver(lease, 'successor')
}

async function sumOfCounts(repository: MemoryJobRepository, jobInstanceId: number): Promise<StepCounts> {
  const executions = await repository.listJobExecutions(jobInstanceId)
  const counts = executions.flatMap(({ stepExecutions }) => stepExecutions.map((step) => step.counts))
  return counts.reduce((sum, one) => addCounts(sum, one))
}
