import { chunkStep, MemoryJobRepository } from 'chunkwise'
import { ListItemWriter, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { Deferred, numbers, settle } from '../deferred.js'

describe('processing', () => {
  it('happens once per item and execution, before the transaction opens', async () => {
    const repository = new MemoryJobRepository()
    const begun: number[] = []
    const calls: number[] = []
    const { transactionManager } = repository
    const counting = {
      resource: transactionManager.resource,
      begin: (options?: { readonly label?: string }) => {
        begun.push(calls.length)
        return transactionManager.begin(options)
      },
    }
    const step = chunkStep('once', {
      chunkSize: 2,
      reader: numbers(4),
      processor: (item) => {
        calls.push(item)
        return item
      },
      writer: () => undefined,
      transaction: counting,
    })
    await runStep(step, { repository })
    expect(calls).toEqual([1, 2, 3, 4])
    expect(begun).toEqual([2, 4])
  })

  it('mixes values and promises, in order', async () => {
    const writer = new ListItemWriter<number>()
    const step = chunkStep('mixed', {
      chunkSize: 5,
      reader: numbers(5),
      processor: (item) => (item % 2 === 0 ? Promise.resolve(item * 10) : item * 10),
      writer,
    })
    await runStep(step)
    expect(writer.items).toEqual([10, 20, 30, 40, 50])
  })

  it('stops at the first item that fails, with a value or with a promise', async () => {
    for (const fail of [
      () => Promise.reject(new Error('no')),
      () => {
        throw new Error('no')
      },
    ]) {
      const calls: number[] = []
      const step = chunkStep('first', {
        chunkSize: 4,
        reader: numbers(4),
        processor: (item): number | Promise<number> => {
          calls.push(item)
          return item === 2 ? fail() : item
        },
        writer: () => undefined,
      })
      expect((await runStep(step)).failures).toEqual([new Error('no')])
      expect(calls).toEqual([1, 2])
    }
  })

  it('calls an object with its own this', async () => {
    const processor = {
      factor: 3,
      process(item: number) {
        return item * this.factor
      },
    }
    const writer = new ListItemWriter<number>()
    await runStep(chunkStep('this', { chunkSize: 2, reader: [1, 2], processor, writer }))
    expect(writer.items).toEqual([3, 6])
  })
})

describe('itemConcurrency', () => {
  it('processes that many items of a chunk at once, and keeps their order and their keys', async () => {
    const gates = new Map<number, Deferred>()
    let most = 0
    const keys: string[] = []
    const written: number[] = []
    const step = chunkStep('side by side', {
      chunkSize: 6,
      itemConcurrency: 3,
      reader: numbers(6),
      processor: async (item, { key }) => {
        const gate = new Deferred()
        gates.set(item, gate)
        most = Math.max(most, gates.size)
        await gate.promise
        gates.delete(item)
        keys[item] = key
        return item === 4 ? null : item
      },
      writer: (items, context) => {
        written.push(...items)
        expect(context.keys).toEqual(items.map((item) => keys[item]))
      },
    })
    const running = runStep(step)
    for (const item of [3, 2, 1, 6, 5, 4]) {
      await settle()
      gates.get(item)?.resolve()
    }
    expect((await running).counts).toMatchObject({ read: 6, write: 5, filter: 1 })
    expect(written).toEqual([1, 2, 3, 5, 6])
    expect(most).toBe(3)
  })

  it('starts nothing more after a failure, and waits for what has started before the step fails', async () => {
    const slow = new Deferred()
    const started: number[] = []
    let ended = false
    const step = chunkStep('waiting', {
      chunkSize: 5,
      itemConcurrency: 2,
      reader: numbers(5),
      processor: async (item) => {
        started.push(item)
        if (item === 1) await slow.promise
        else throw new Error(`no ${item}`)
        ended = true
        return item
      },
      writer: () => undefined,
    })
    let over = false
    const running = runStep(step).finally(() => (over = true))
    await settle()
    expect([started, over]).toEqual([[1, 2], false])
    slow.resolve()
    expect((await running).failures).toEqual([new Error('no 2')])
    expect([ended, started]).toEqual([true, [1, 2]])
  })

  it('takes a processor that throws before its first await', async () => {
    const step = chunkStep('sync', {
      chunkSize: 3,
      itemConcurrency: 2,
      reader: numbers(3),
      processor: (): number => {
        throw new Error('at once')
      },
      writer: () => undefined,
    })
    expect((await runStep(step)).failures).toEqual([new Error('at once')])
  })
})
