import { chunkStep, MemoryJobRepository, PoolTaskExecutor } from 'chunkwise'
import { ListItemReader, ListItemWriter, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { Deferred, numbers, settle } from '../deferred.js'

/** Items in processing, each waiting for the test. */
class Gates {
  readonly waiting = new Map<number, Deferred>()
  most = 0

  readonly process = async (item: number): Promise<number> => {
    const gate = new Deferred()
    this.waiting.set(item, gate)
    this.most = Math.max(this.most, this.waiting.size)
    try {
      await gate.promise
    } finally {
      this.waiting.delete(item)
    }
    return item
  }

  open(item: number): void {
    this.waiting.get(item)?.resolve()
  }

  openAll(): void {
    for (const gate of this.waiting.values()) gate.resolve()
  }
}

/** A reader that counts what was asked of it. */
class CountingReader extends ListItemReader<number> {
  given = 0

  override readChunk(size: number): readonly number[] {
    const items = super.readChunk(size)
    this.given += items.length
    return items
  }
}

describe('a step with concurrency 1', () => {
  it('reads nothing ahead: a chunk is read when the one before has committed', async () => {
    const reader = new CountingReader(numbers(6))
    const seen: number[] = []
    const step = chunkStep('sequential', {
      chunkSize: 2,
      reader,
      processor: (item) => {
        seen.push(reader.given)
        return item
      },
      writer: async () => {
        await settle()
        seen.push(reader.given)
      },
    })
    await runStep(step)
    expect(seen).toEqual([2, 2, 2, 4, 4, 4, 6, 6, 6])
  })
})

describe('a step with concurrency n', () => {
  it('processes at most n chunks at once, and holds at most 2n', async () => {
    const gates = new Gates()
    const reader = new CountingReader(numbers(20))
    const step = chunkStep('bounded', {
      chunkSize: 1,
      reader,
      processor: gates.process,
      writer: new ListItemWriter<number>(),
      concurrency: 3,
    })
    const running = runStep(step)
    await settle()
    expect([...gates.waiting.keys()]).toEqual([1, 2, 3])
    expect(reader.given).toBe(6)
    // The first is slow: those behind it are processed, and wait for their turn to commit.
    for (const item of [2, 3, 4, 5, 6]) {
      gates.open(item)
      await settle()
    }
    expect([[...gates.waiting.keys()], reader.given]).toEqual([[1], 6])
    while (gates.waiting.size > 0) {
      gates.openAll()
      await settle()
    }
    expect((await running).counts.write).toBe(20)
    expect(gates.most).toBe(3)
  })

  it('opens one transaction at a time and commits in the order of reading', async () => {
    const gates = new Gates()
    let open = 0
    const written: number[] = []
    const step = chunkStep('ordered', {
      chunkSize: 1,
      reader: numbers(4),
      processor: gates.process,
      writer: async ([item]) => {
        expect(++open).toBe(1)
        await settle()
        open--
        written.push(item!)
      },
      concurrency: 4,
    })
    const running = runStep(step)
    await settle()
    for (const item of [4, 3, 2, 1]) {
      gates.open(item)
      await settle()
    }
    await running
    expect(written).toEqual([1, 2, 3, 4])
  })

  it('commits all chunks before the one whose processing fails, and none after, however fast those are', async () => {
    const gates = new Gates()
    const writer = new ListItemWriter<number>()
    const step = chunkStep('failing', {
      chunkSize: 1,
      reader: numbers(9),
      processor: (item) => (item === 3 ? Promise.reject(new Error('no 3')) : gates.process(item)),
      writer,
      concurrency: 4,
    })
    const running = runStep(step)
    await settle()
    for (const item of [5, 4, 2, 1]) {
      gates.open(item)
      await settle()
    }
    while (gates.waiting.size > 0) {
      gates.openAll()
      await settle()
    }
    const execution = await running
    expect(writer.items).toEqual([1, 2])
    expect(execution).toMatchObject({ status: 'FAILED', counts: { read: 2, write: 2, commit: 2, rollback: 0 } })
  })

  it('fails with the error of the first chunk in the order of reading', async () => {
    const gates = new Gates()
    const step = chunkStep('first', {
      chunkSize: 1,
      reader: numbers(4),
      processor: async (item) => {
        await gates.process(item)
        throw new Error(`no ${item}`)
      },
      writer: () => undefined,
      concurrency: 4,
    })
    const running = runStep(step)
    await settle()
    for (const item of [4, 2, 1, 3]) {
      gates.open(item)
      await settle()
    }
    expect((await running).failures).toEqual([new Error('no 1')])
  })

  it('aborts the signal of the chunks behind a failed one, and ends only when they have ended', async () => {
    const ended = new Deferred()
    const reasons: unknown[] = []
    const failure = new Error('no 1')
    const step = chunkStep('behind', {
      chunkSize: 1,
      reader: numbers(2),
      processor: async (item, { signal }) => {
        if (item === 1) throw failure
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        reasons.push(signal.reason)
        await ended.promise
        reasons.push('ended')
        return item
      },
      writer: () => undefined,
      concurrency: 2,
    })
    let over = false
    const running = runStep(step).finally(() => (over = true))
    await settle()
    expect([reasons, over]).toEqual([[failure], false])
    ended.resolve()
    expect((await running).failures).toEqual([failure])
    expect(reasons).toEqual([failure, 'ended'])
  })

  it.each([1, 3])('commits the chunks before a failed read (concurrency %i)', async (concurrency) => {
    const writer = new ListItemWriter<number>()
    let next = 0
    const step = chunkStep('read', {
      chunkSize: 2,
      reader: {
        read: () => {
          if (++next === 6) throw new Error('line 6')
          return next
        },
      },
      processor: async (item) => {
        await settle()
        return item
      },
      writer,
      concurrency,
    })
    const execution = await runStep(step)
    expect(writer.items).toEqual([1, 2, 3, 4])
    expect(execution).toMatchObject({ status: 'FAILED', failures: [{ message: 'line 6' }] })
    expect(execution.counts).toMatchObject({ read: 4, write: 4, rollback: 0 })
    expect(next).toBe(6)
  })

  it('prefers the error of a chunk before a failed read', async () => {
    const gate = new Deferred()
    let next = 0
    const step = chunkStep('both', {
      chunkSize: 1,
      reader: {
        read: () => {
          if (++next === 2) throw new Error('read')
          return next
        },
      },
      processor: () => gate.promise,
      writer: () => undefined,
      concurrency: 2,
    })
    const running = runStep(step)
    await settle()
    gate.reject(new Error('process'))
    expect((await running).failures).toEqual([new Error('process')])
  })

  it('restarts exactly, with another chunk size, concurrency and executor', async () => {
    const repository = new MemoryJobRepository()
    const writer = new ListItemWriter<number>()
    const run = (failAt: number, options: { chunkSize: number; concurrency: number }) =>
      runStep(
        chunkStep('concurrent', {
          ...options,
          reader: numbers(50),
          processor: async (item) => {
            for (let wait = 0; wait < (item * 7) % 5; wait++) await Promise.resolve()
            if (item === failAt) throw new Error(`no ${item}`)
            return item
          },
          writer,
          taskExecutor: new PoolTaskExecutor({ corePoolSize: 3 }),
        }),
        { repository },
      )
    const executions = [
      await run(11, { chunkSize: 3, concurrency: 4 }),
      await run(31, { chunkSize: 4, concurrency: 1 }),
      await run(0, { chunkSize: 7, concurrency: 24 }),
    ]
    expect(executions.map(({ status }) => status)).toEqual(['FAILED', 'FAILED', 'COMPLETED'])
    expect(executions.map(({ counts }) => counts.write)).toEqual([9, 20, 21])
    expect(writer.items).toEqual(numbers(50))
  })
})
