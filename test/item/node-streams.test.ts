import { PassThrough, Readable, Writable } from 'node:stream'
import { chunkStep, MemoryJobRepository, ReadableItemReader, WritableItemWriter } from 'chunkwise'
import { ListItemWriter, runStep, testStepContext } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { Deferred, numbers, settle } from '../step/deferred.js'

const context = testStepContext<unknown>()
const BROKEN = new Error('the line is broken')

describe('a ReadableItemReader', () => {
  it('restarts by count, with a new stream', async () => {
    const repository = new MemoryJobRepository()
    const writer = new ListItemWriter<number>()
    let made = 0
    const step = (bad?: number) =>
      chunkStep('read', {
        chunkSize: 2,
        reader: new ReadableItemReader<number>(() => (made++, Readable.from(numbers(6)))),
        processor: (item: number) => {
          if (item === bad) throw BROKEN
          return item
        },
        writer,
      })
    expect((await runStep(step(4), { repository })).status).toBe('FAILED')
    expect((await runStep(step(), { repository })).status).toBe('COMPLETED')
    expect([writer.items, made]).toEqual([numbers(6), 2])
  })

  it('fails with the error of its stream, also one that came before anything was read', async () => {
    const early = new ReadableItemReader<number>(() => {
      const stream = new PassThrough({ objectMode: true })
      stream.destroy(BROKEN)
      return stream
    })
    const step = chunkStep('read', { chunkSize: 2, reader: early, writer: () => undefined })
    expect((await runStep(step)).failures).toEqual([BROKEN])
  })

  it('destroys its stream when it is closed, read or not', async () => {
    for (const reads of [0, 1]) {
      const stream = Readable.from(numbers(9))
      const reader = new ReadableItemReader<number>(() => stream)
      await reader.open(undefined, context)
      if (reads > 0) await reader.read()
      await reader.close()
      await reader.close()
      expect(stream.destroyed).toBe(true)
    }
  })

  it('ends its wait for the stream when the signal is aborted', async () => {
    const stop = new AbortController()
    const reader = new ReadableItemReader<number>(() => new PassThrough({ objectMode: true }))
    await reader.open(undefined, testStepContext<unknown>({ signal: stop.signal }))
    const reading = Promise.resolve(reader.readChunk(3))
    stop.abort(BROKEN)
    await expect(reading).rejects.toBe(BROKEN)
    await reader.close()
  })

  it('ends its wait for the stream when it is closed', async () => {
    const reader = new ReadableItemReader<number>(() => new PassThrough({ objectMode: true }))
    await reader.open(undefined, context)
    const reading = Promise.allSettled([reader.readChunk(3)])
    await reader.close()
    await reading
  })

  it('refuses what is no function', () => {
    expect(() => new ReadableItemReader(Readable.from([]) as never)).toThrow(/a function that makes the stream/)
  })
})

describe('a WritableItemWriter', () => {
  /** A stream that takes items when it is told to. */
  const slow = (highWaterMark: number) => {
    const [taken, waiting] = [[] as unknown[], [] as ((error?: Error) => void)[]]
    const stream = new Writable({
      objectMode: true,
      highWaterMark,
      write(item, _encoding, done) {
        taken.push(item)
        waiting.push(done)
      },
    })
    return { taken, stream, next: (error?: Error) => waiting.shift()?.(error) }
  }

  it('writes all, ends the stream when all is committed, and waits for that', async () => {
    const [taken, ended] = [[] as number[], new Deferred()]
    const stream = new Writable({
      objectMode: true,
      write: (item: number, _encoding, done) => void (taken.push(item), setImmediate(done)),
      async final(done) {
        await ended.promise
        done()
      },
    })
    const writer = new WritableItemWriter<number>(() => stream)
    const running = runStep(chunkStep('write', { chunkSize: 3, reader: numbers(7), writer }))
    await settle()
    await settle()
    expect([taken, stream.writableEnded, stream.writableFinished]).toEqual([numbers(7), true, false])
    ended.resolve()
    expect((await running).status).toBe('COMPLETED')
  })

  it('has written a chunk only when the stream has taken its last item, and waits while it is full', async () => {
    const { taken, stream, next } = slow(2)
    const writer = new WritableItemWriter<number>(() => stream)
    await writer.open(undefined, context)
    let done = false
    const writing = writer.write(numbers(5), context).then(() => (done = true))
    await settle()
    // Never more in the stream than it says it can hold, and the one it waits with.
    expect([taken, stream.writableLength, writer.position()]).toEqual([[1], 3, { written: 0 }])
    for (let item = 1; item < 5; item++) {
      next()
      await settle()
    }
    expect([taken, done]).toEqual([numbers(5), false])
    next()
    await writing
    expect([done, writer.position()]).toEqual([true, { written: 5 }])
    writer.close()
  })

  it('fails the write with the error of the stream, and every write after it', async () => {
    const { stream, next } = slow(10)
    const writer = new WritableItemWriter<number>(() => stream)
    await writer.open(undefined, context)
    const writing = Promise.allSettled([writer.write([1, 2], context)])
    await settle()
    next(BROKEN)
    expect(await writing).toMatchObject([{ reason: BROKEN }])
    await expect(writer.write([3], context)).rejects.toBe(BROKEN)
    await expect(writer.complete()).rejects.toBe(BROKEN)
    writer.close()
  })

  it('fails where somebody else has destroyed the stream', async () => {
    const { stream } = slow(1)
    const writer = new WritableItemWriter<number>(() => stream)
    await writer.open(undefined, context)
    stream.destroy()
    await expect(writer.write([1, 2], context)).rejects.toMatchObject({ code: 'ERR_STREAM_DESTROYED' })
  })

  it('ends its wait when the signal is aborted', async () => {
    const { stream } = slow(1)
    const writer = new WritableItemWriter<number>(() => stream)
    await writer.open(undefined, context)
    const stop = new AbortController()
    const writing = Promise.allSettled([writer.write([1, 2, 3], { signal: stop.signal })])
    stop.abort(BROKEN)
    expect(await writing).toMatchObject([{ reason: BROKEN }])
    writer.close()
    expect(stream.destroyed).toBe(true)
  })

  it('hands the number of committed items to the function that makes the stream', async () => {
    const repository = new MemoryJobRepository()
    const taken: number[] = []
    const counts: number[] = []
    const step = (bad?: number) =>
      chunkStep('write', {
        chunkSize: 2,
        reader: numbers(6),
        processor: (item: number) => {
          if (item === bad) throw BROKEN
          return item
        },
        writer: new WritableItemWriter<number>((_context, written) => {
          counts.push(written)
          return new Writable({
            objectMode: true,
            write(item: number, _encoding, done) {
              taken.push(item)
              done()
            },
          })
        }),
      })
    await runStep(step(6), { repository })
    expect((await runStep(step(), { repository })).guarantee).toBe('at-least-once')
    expect([taken, counts]).toEqual([numbers(6), [0, 4]])
  })

  it('refuses what is no function, and a position that is no count', async () => {
    expect(() => new WritableItemWriter(new PassThrough() as never)).toThrow(/a function that makes the stream/)
    const writer = new WritableItemWriter(() => new PassThrough())
    await expect(writer.open({ written: -1 }, context)).rejects.toMatchObject({ code: 'BATCH_POSITION' })
  })
})
