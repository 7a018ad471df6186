import { chunkStep, type DeadLetter, type ItemReader, type ItemStream, MemoryJobRepository } from 'chunkwise'
import { ListItemWriter, type RecordedEvent, recordingListener, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { numbers } from '../deferred.js'

class Bad extends Error {}

/** Reads numbers; those that `isBad` throw, and are behind it then. */
class BadReader implements ItemReader<number>, ItemStream {
  #next = 1
  readonly #last: number
  readonly #isBad: (item: number) => boolean

  constructor(last: number, isBad: (item: number) => boolean) {
    this.#last = last
    this.#isBad = isBad
  }

  open(position: unknown): void {
    this.#next = position === undefined ? 1 : (position as number)
  }

  read(): number | null | Promise<number> {
    if (this.#next > this.#last) return null
    const item = this.#next++
    if (!this.#isBad(item)) return item
    if (item % 2 === 0) return Promise.reject(new Bad(`read ${item}`))
    throw new Bad(`read ${item}`)
  }

  position(): number {
    return this.#next
  }

  close(): void {}
}

describe('a failed read', () => {
  it.each([
    ['first', [1]],
    ['between', [4, 5]],
    ['last', [9]],
    ['after a full chunk', [7]],
  ])('is counted, and reading goes on: %s', async (_where, bad) => {
    const list = new ListItemWriter<number>()
    const letters: DeadLetter[] = []
    const step = chunkStep('read', {
      chunkSize: 3,
      reader: () => new BadReader(9, (item) => bad.includes(item)),
      writer: list,
      skip: { limit: 2, on: [Bad], to: (items) => void letters.push(...items) },
    })
    const execution = await runStep(step)
    expect(execution.counts).toMatchObject({ read: 9 - bad.length, write: 9 - bad.length, readSkip: bad.length })
    expect(list.items).toEqual(numbers(9).filter((item) => !bad.includes(item)))
    expect(letters.map(({ phase, error }) => [phase, String(error)])).toEqual(
      bad.map((item) => ['read', `Error: read ${item}`]),
    )
    expect(letters.every((letter) => !('item' in letter))).toBe(true)
  })

  it('at the very end is committed with a chunk of its own, and is not met again by a restart', async () => {
    const repository = new MemoryJobRepository()
    const readers: BadReader[] = []
    const step = chunkStep('end', {
      chunkSize: 3,
      reader: () => {
        readers.push(new BadReader(7, (item) => item > 6))
        return readers.at(-1)!
      },
      writer: new ListItemWriter<number>(),
      skip: { limit: 1, on: [Bad] },
      listeners: [{ afterChunk: ({ size }) => void (size === 0 && readers.length === 1 && fail()) }],
    })
    const fail = () => {
      throw new Error('after the last chunk')
    }
    const failed = await runStep(step, { repository })
    expect(failed).toMatchObject({ status: 'FAILED', counts: { read: 6, readSkip: 1, commit: 3 } })
    const restarted = await runStep(step, { repository })
    expect(restarted).toMatchObject({ status: 'COMPLETED', counts: { read: 0, readSkip: 0 } })
  })

  it('beyond the limit fails the step; chunks before it are committed', async () => {
    const list = new ListItemWriter<number>()
    const step = chunkStep('beyond', {
      chunkSize: 2,
      reader: () => new BadReader(9, (item) => item >= 6),
      writer: list,
      skip: { limit: 2, on: [Bad] },
    })
    expect(await runStep(step)).toMatchObject({
      status: 'FAILED',
      failures: [{ code: 'BATCH_SKIP_LIMIT_EXCEEDED', limit: 2, count: 3, cause: new Bad('read 8') }],
    })
    expect(list.items).toEqual([1, 2, 3, 4])
  })

  it('of a generator is never skipped: the generator is over', async () => {
    const step = chunkStep('generator', {
      chunkSize: 2,
      reader: function* () {
        yield 1
        throw new Bad('over')
      },
      writer: () => undefined,
      skip: { limit: 2, on: [Bad] },
    })
    expect(await runStep(step)).toMatchObject({ status: 'FAILED', failures: [new Bad('over')] })
  })

  it('that fails for ever leaves the process its turn, and ends with the limit', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const step = chunkStep('forever', {
      chunkSize: 2,
      reader: {
        read: () => {
          const until = performance.now() + 1
          while (performance.now() < until);
          throw new Bad('again')
        },
      },
      writer: () => undefined,
      skip: { limit: 60, on: [Bad] },
    })
    expect((await runStep(step)).status).toBe('FAILED')
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
  })
})

describe('a skip', () => {
  it('is told inside the transaction, in the order of reading, processing, writing', async () => {
    const events: RecordedEvent[] = []
    const order: string[] = []
    const step = chunkStep('told', {
      chunkSize: 9,
      reader: () => new BadReader(8, (item) => item === 2),
      processor: (item: number) => {
        if (item === 3) throw new Bad('process 3')
        return item * 10
      },
      writer: (items) => {
        if (items.includes(50)) throw new Bad('write 5')
      },
      skip: { limit: 3, on: [Bad], to: () => void order.push('to') },
      listeners: [
        recordingListener(events),
        {
          onSkipInRead: (_error, { transaction }) => void order.push(`read ${typeof transaction.onCommit}`),
          onSkipInProcess: (item, _error, context) => context.executionContext.put('skipped', item),
          onSkipInWrite: (item) => void order.push(`write ${Number(item)}`),
        },
      ],
    })
    const execution = await runStep(step)
    expect(execution).toMatchObject({
      status: 'COMPLETED',
      counts: { read: 7, write: 5, readSkip: 1, processSkip: 1, writeSkip: 1 },
    })
    const told = events.filter(({ event }) => event.startsWith('onSkip')).map(({ event, args }) => [event, args[0]])
    expect(told).toEqual([
      ['onSkipInRead', new Bad('read 2')],
      ['onSkipInProcess', 3],
      ['onSkipInWrite', 50],
    ])
    expect(order).toEqual(['to', 'read function', 'write 50'])
    expect(execution.executionContext.get('skipped')).toBe(3)
  })

  it('may be decided by a policy of one’s own, which is told how many there were', async () => {
    const asked: number[] = []
    const step = chunkStep('own', {
      chunkSize: 2,
      reader: numbers(9),
      processor: (item) => {
        if (item % 3 === 0) throw new Bad(`process ${item}`)
        return item
      },
      writer: () => undefined,
      skip: { shouldSkip: (_error, skipped) => asked.push(skipped) < 3 },
    })
    expect(await runStep(step)).toMatchObject({ status: 'FAILED', failures: [new Bad('process 9')] })
    expect(asked).toEqual([0, 1, 2])
  })

  it('may be limited by a part of what was read, beyond a minimum', async () => {
    const run = (items: number) =>
      runStep(
        chunkStep('ratio', {
          chunkSize: 10,
          reader: numbers(items),
          processor: (item) => {
            if (item % 10 === 0) throw new Bad(`process ${item}`)
            return item
          },
          writer: () => undefined,
          skip: { limit: { ratio: 0.05, minimum: 3 }, on: [Bad] },
        }),
      )
    expect((await run(39)).counts).toMatchObject({ processSkip: 3, read: 39 })
    expect(await run(60)).toMatchObject({ status: 'FAILED', failures: [{ limit: 3, count: 4 }] })
  })

  it('of an item whose writer cannot roll back is found by writing one by one', async () => {
    const written: number[] = []
    const step = chunkStep('outside', {
      chunkSize: 4,
      reader: numbers(8),
      writer: (items) => {
        for (const item of items) {
          if (item === 6) throw new Bad('six')
          written.push(item)
        }
      },
      skip: { limit: 1, on: [Bad] },
    })
    expect((await runStep(step)).counts).toMatchObject({ write: 7, writeSkip: 1 })
    // 5 came before 6 in the failed attempt, and again one by one: at least once.
    expect(written).toEqual([1, 2, 3, 4, 5, 5, 7, 8])
  })

  it('is claimed exactly: the limit holds though 24 chunks cross it at once', async () => {
    for (const limit of [0, 1, 23, 24, 25]) {
      const list = new ListItemWriter<number>()
      let waiting = 0
      let open: () => void = () => undefined
      const gate = new Promise<void>((resolve) => (open = resolve))
      const step = chunkStep('crossed', {
        chunkSize: 1,
        reader: numbers(24),
        processor: async (item) => {
          if (++waiting === 24) open()
          await gate
          throw new Bad(`process ${item}`)
        },
        writer: list,
        concurrency: 24,
        skip: { limit, on: [Bad] },
      })
      const { status, counts, failures } = await runStep(step)
      expect([limit, status]).toEqual([limit, limit >= 24 ? 'COMPLETED' : 'FAILED'])
      expect(counts.processSkip).toBe(Math.min(limit, 24))
      if (limit < 24) expect(failures[0]).toMatchObject({ limit, count: limit + 1 })
    }
  })
})

const THROWN = [
  [
    'throws',
    (error: unknown) => {
      throw error
    },
  ],
  ['rejects', (error: unknown) => Promise.reject(error)],
  [
    'is a thenable that rejects',
    (error: unknown) => ({ then: (_: unknown, reject: (e: unknown) => void) => reject(error) }),
  ],
] as const

describe.each(THROWN)('a callback that %s', (_how, raise) => {
  it.each([new Bad('error'), 'text', undefined, null, 0, { odd: true }])(
    'with %o is skipped wherever it is',
    async (thrown) => {
      const odd = (error: unknown) => error === thrown || error instanceof Bad
      for (const phase of ['read', 'process', 'write'] as const) {
        const list = new ListItemWriter<number>()
        let next = 0
        const step = chunkStep(`odd ${phase}`, {
          chunkSize: 3,
          reader: {
            read: () => {
              if (next === 6) return null
              next++
              return phase === 'read' && next === 4 ? (raise(thrown) as Promise<number>) : next
            },
          },
          processor: (item) => (phase === 'process' && item === 4 ? (raise(thrown) as Promise<number>) : item),
          writer: {
            transactional: true,
            write(items, context) {
              list.write(items, context)
              return phase === 'write' && items.includes(4) ? (raise(thrown) as Promise<void>) : undefined
            },
          },
          skip: { limit: 1, on: [odd] },
        })
        const { status, counts } = await runStep(step)
        expect([phase, status, list.items]).toEqual([phase, 'COMPLETED', [1, 2, 3, 5, 6]])
        expect(counts[`${phase}Skip`]).toBe(1)
      }
    },
  )

  it('is never forgiven when it is a listener that is told of an error, a skip or a retry', async () => {
    const events = ['onReadError', 'onProcessError', 'onWriteError', 'onSkipInRead', 'onSkipInProcess', 'onSkipInWrite']
    for (const event of [...events, 'onRetry']) {
      const step = chunkStep('listener', {
        chunkSize: 9,
        reader: () => new BadReader(9, (item) => item === 2),
        processor: (item) => {
          if (item === 3) throw new Bad('process')
          return item
        },
        writer: (items) => {
          if (items.includes(4)) throw new Bad('write')
        },
        retry: { maxAttempts: 2, on: [Bad] },
        skip: { limit: 9, on: [Bad] },
        listeners: [{ [event]: () => raise(new Bad('listener')) }],
      })
      const { status, failures, counts } = await runStep(step)
      expect([event, status, counts.commit]).toEqual([event, 'FAILED', 0])
      expect(String(failures[0])).toContain('listener')
    }
  })
})
