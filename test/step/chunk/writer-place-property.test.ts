import fc from 'fast-check'
import { chunkStep, CompositeItemWriter, type ItemWriter, MemoryJobRepository } from 'chunkwise'
import { ListItemWriter, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import type { MemoryTransaction } from '../../../src/transaction/memory-transaction-manager.js'
import { numbers } from '../deferred.js'
import { LineFile } from './line-file.js'

const BAD = Object.assign(new Error('bad line'), { code: 'BAD' })
const BUSY = Object.assign(new Error('busy'), { code: 'BUSY' })

/** Fails now and then: each call takes the next of the numbers, and fails where it is 0. */
function now(failures: readonly number[], error: Error): () => void {
  let calls = 0
  return () => {
    if (failures[calls++] === 0) throw error
  }
}

describe('a writer that returns to its place', () => {
  it('holds what has committed, after every execution, whatever fails', async () => {
    const failures = fc.array(fc.nat(4), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          size: fc.integer({ min: 1, max: 30 }),
          chunkSizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
          bad: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 6 }),
          limit: fc.nat(6),
          writes: failures,
          commits: failures,
        }),
        async ({ size, chunkSizes, bad, limit, writes, commits }) => {
          const repository = new MemoryJobRepository()
          const [file, table] = [new LineFile(), new ListItemWriter<string>()]
          const [failWrite, failCommit] = [now(writes, BUSY), now(commits, new Error('no commit'))]
          const checking: ItemWriter<string> = {
            transactional: true,
            write(items, { transaction }) {
              ;(transaction as MemoryTransaction).beforeCommit(failCommit)
              failWrite()
              if (items.some((item) => bad.includes(Number(item)))) throw BAD
            },
          }
          let status = ''
          for (let run = 0; status !== 'COMPLETED' && run < 60; run++) {
            const step = chunkStep('random', {
              chunkSize: chunkSizes[run % chunkSizes.length] as number,
              reader: numbers(size),
              processor: String,
              writer: new CompositeItemWriter([file.writer(), table, checking]),
              retry: { maxAttempts: 2, on: ['BUSY'], backoff: 0 },
              skip: { limit: run > 50 ? 99 : limit, on: ['BAD'] },
            })
            status = (await runStep(step, { repository })).status
            expect(file.lines).toEqual(table.items)
          }
          expect(status).toBe('COMPLETED')
          const good = numbers(size).filter((item) => !bad.includes(item))
          expect(file.lines.map(Number)).toEqual(good)
        },
      ),
      { numRuns: 60 },
    )
  })
})
