import { chunkStep, ExitStatus, job, listener, MemoryJobRepository, type WriteContext } from 'chunkwise'
import { ListItemReader, runJob, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { numbers } from '../deferred.js'

describe('an idempotency key', () => {
  it('tells steps apart whose names have colons', async () => {
    const keys: string[] = []
    const named = (name: string, item: string) =>
      chunkStep(name, {
        chunkSize: 1,
        reader: () => ({
          readChunk: once([item]),
          read: () => null,
          itemKey: (items: string[], at: number) => items[at]!,
        }),
        writer: (_items, context) => void keys.push(...context.keys),
      })
    const both = job('colons').start(named('a', 'b:c')).next(named('a:b', 'c')).next(named('a%3Ab', 'c')).build()
    expect((await runJob(both)).status).toBe('COMPLETED')
    expect(keys).toEqual(['1:a:b:c', '1:a%3Ab:c', '1:a%253Ab:c'])
  })

  it('is another one in each pass of a loop, and when a completed step runs again: those are new effects', async () => {
    const keys: string[] = []
    let passes = 0
    let failing = true
    const send = chunkStep('send#1', {
      chunkSize: 2,
      reader: ['a', 'b'],
      writer: (_items, context) => void keys.push(...context.keys),
      allowStartIfComplete: true,
      listeners: [listener('afterStep', () => (++passes % 2 === 1 ? new ExitStatus('COMPLETED AGAIN') : undefined))],
    })
    const end = chunkStep('end', {
      chunkSize: 1,
      reader: [1],
      writer: () => {
        if (failing) throw new Error('broken')
      },
    })
    const looping = job('looping').start(send).on(send, 'COMPLETED AGAIN').to(send).next(end).build()
    const repository = new MemoryJobRepository()
    expect((await runJob(looping, {}, { repository })).status).toBe('FAILED')
    failing = false
    expect((await runJob(looping, {}, { repository })).status).toBe('COMPLETED')
    expect(keys.map((key) => key.slice(key.indexOf(':') + 1))).toEqual(
      ['send%231:', 'send%231#2:', 'send%231~2:', 'send%231#2~2:'].flatMap((prefix) => [`${prefix}0`, `${prefix}1`]),
    )
  })

  it.each([
    ['one by one', false],
    ['by halves', true],
  ])(
    'stays that of its item when others are filtered, retried, searched %s and skipped, over restarts',
    async (_how, transactional) => {
      const repository = new MemoryJobRepository()
      const written = new Map<number, Set<string>>()
      const processed = new Map<number, Set<string>>()
      const add = (to: typeof written, item: number, key: string) => to.set(item, (to.get(item) ?? new Set()).add(key))
      for (const [chunkSize, fail] of [
        [3, 8],
        [5, 14],
        [4, -1],
      ] as const) {
        let retried = false
        const step = chunkStep('stable', {
          chunkSize,
          reader: () => new ListItemReader(numbers(20)),
          processor: (item, { key }) => {
            add(processed, item, key)
            if (item === fail) throw new Error('planned')
            if (item === 2 && !retried) {
              retried = true
              throw new TypeError('once')
            }
            return item % 5 === 0 ? null : item
          },
          writer: {
            transactional,
            write(items: readonly number[], { keys }: WriteContext) {
              items.forEach((item, index) => add(written, item, keys[index]!))
              if (items.includes(11)) throw new RangeError('bad')
            },
          },
          retry: { maxAttempts: 2, on: [TypeError] },
          skip: { limit: 1, on: [RangeError] },
        })
        await runStep(step, { repository })
      }
      for (const keys of [written, processed]) {
        expect([...keys].filter(([item, own]) => own.size !== 1 || !own.has(`1:stable:${item - 1}`))).toEqual([])
      }
      expect(processed.size).toBe(20)
      expect(written.size).toBe(16)
    },
  )
})

/** Gives the items at the first call, and nothing after. */
function once<T>(items: readonly T[]): () => readonly T[] {
  let left = items
  return () => {
    const now = left
    left = []
    return now
  }
}
