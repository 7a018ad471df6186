import {
  chunkStep,
  type ItemStep,
  type ItemStream,
  type ItemWriter,
  type Json,
  listPartitioner,
  partitionStep,
  type StepContext,
  taskletStep,
} from 'chunkwise'
import {
  ListItemReader,
  ListItemWriter,
  ManualClock,
  NotExactlyOnceError,
  restartAfter,
  restartAnywhere,
} from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { numbers } from '../step/deferred.js'
import { NumbersReader } from '../step/chunk/numbers-reader.js'

type Reader = ItemStream & { read(): number | null }

/** Reads 1 to 7; what it says of its place can be wrong, and it counts how many are open. */
class CountingReader implements Reader {
  static open = 0
  readonly #error: number
  #last = 0

  constructor(error = 0) {
    this.#error = error
  }

  open(position: Json | undefined): void {
    CountingReader.open++
    this.#last = position === undefined ? 0 : (position as number)
  }

  read(): number | null {
    return this.#last < 7 ? ++this.#last : null
  }

  position(): Json {
    return Math.max(0, this.#last + this.#error)
  }

  close(): void {
    CountingReader.open--
  }
}

/** A writer with a place of its own in an array that outlives it, as a file does. */
class OutputWriter implements ItemWriter<number>, ItemStream {
  readonly completed: string[] = []
  readonly #output: number[]
  readonly #cutsOff: boolean

  constructor(output: number[], cutsOff = true) {
    this.#output = output
    this.#cutsOff = cutsOff
  }

  open(position: Json | undefined): void {
    if (this.#cutsOff) this.#output.length = (position ?? 0) as number
  }

  write(items: readonly number[]): void {
    this.#output.push(...items)
  }

  position(): Json {
    return this.#output.length
  }

  returnTo(position: Json): void {
    this.#output.length = position as number
  }

  close(): void {}
}

const copy = (reader: Reader | ListItemReader<number>, writer: ItemWriter<number>): ItemStep<number, number> =>
  chunkStep('copy', { chunkSize: 2, reader, writer })

const ignore = new ListItemWriter<number>()

describe('restartAfter', () => {
  it('proves a reader in one line: by what chunks have committed', async () => {
    const proof = await restartAfter(3, { step: () => copy(new CountingReader(), ignore) })
    expect(proof).toEqual({ chunks: 4, restarts: 2, written: numbers(7) })
  })

  it('proves a writer by what its target holds', async () => {
    let output: number[] = []
    const written = (): readonly number[] => output
    const prepare = (): number[] => (output = [])
    const proof = await restartAfter(2, {
      step: () => copy(new CountingReader(), new OutputWriter(output)),
      written,
      prepare,
    })
    expect(proof.written).toEqual(numbers(7))
    expect(output).toEqual(numbers(7))
  })

  it('finds what a reader loses whose position is too far', async () => {
    const step = () => copy(new CountingReader(1), ignore)
    await expect(restartAfter(1, { step, death: 'after-commit' })).rejects.toMatchObject({
      code: 'BATCH_RESTART_TEST',
      run: 'died after the commit of chunk 1',
      message: expect.stringContaining('1 lost: 3') as string,
      cause: { lost: [3], doubled: [], unexpected: [] },
    })
  })

  it('finds what a reader doubles whose position is too near', async () => {
    const step = () => copy(new CountingReader(-1), ignore)
    await expect(restartAfter(2, { step, death: 'after-commit' })).rejects.toMatchObject({
      cause: { lost: [], doubled: [4], unexpected: [] },
    })
  })

  it('finds what is written twice outside of the transaction', async () => {
    let output: number[] = []
    const options = {
      step: () => copy(new CountingReader(), new OutputWriter(output, false)),
      written: () => output,
      prepare: () => (output = []),
    }
    await expect(restartAfter(2, options)).rejects.toMatchObject({
      run: 'died before the commit of chunk 2',
      cause: { doubled: [3, 4] },
    })
    await expect(restartAfter(2, { ...options, death: 'after-commit' })).resolves.toMatchObject({ restarts: 1 })
  })

  it('finds another order, and takes it where any is right', async () => {
    // The process of the restart reads the rest backwards.
    let lives = 0
    const step = () =>
      copy(lives++ === 2 ? new ListItemReader([1, 2, 5, 4, 3]) : new ListItemReader(numbers(5)), ignore)
    const refused = restartAfter(1, { step, death: 'after-commit' })
    await expect(refused).rejects.toMatchObject({ cause: { misplaced: { index: 2, expected: 3, actual: 5 } } })
    await expect(refused).rejects.toThrow('in another order: at index 2 is 5 instead of 3')
    lives = 0
    await restartAfter(1, { step, death: 'after-commit', order: 'any' })
  })

  it('compares by a key', async () => {
    let life = 0
    const step = () => {
      const stamp = life++
      return chunkStep('stamped', {
        chunkSize: 1,
        reader: [1, 2, 3],
        processor: (id) => ({ id, stamp }),
        writer: new ListItemWriter<object>(),
      })
    }
    await expect(restartAfter(1, { step })).rejects.toMatchObject({ code: 'BATCH_RESTART_TEST' })
    await restartAfter(1, { step, key: (item: { readonly id: number }) => item.id })
  })

  it('says that an instance was not made anew', async () => {
    const reader = new ListItemReader(numbers(5))
    await expect(restartAfter(1, { step: () => copy(reader, ignore) })).rejects.toThrow(/restarted: .*already open/s)
  })

  it('says what the unbroken run has failed with', async () => {
    const step = () =>
      chunkStep('bad', { chunkSize: 1, reader: [1], writer: () => Promise.reject(new RangeError('full')) })
    await expect(restartAfter(1, { step })).rejects.toMatchObject({
      run: 'the unbroken run',
      cause: { message: 'full' },
    })
  })

  it('closes nothing while it is dead, and everything when the test is over', async () => {
    const open: number[] = []
    const step = () => {
      open.push(CountingReader.open)
      return copy(new CountingReader(), ignore)
    }
    await restartAfter(2, { step, death: 'before-commit' })
    expect(open).toEqual([0, 0, 1])
    expect(CountingReader.open).toBe(0)
  })

  it('waits for nothing: its clock may stand still', async () => {
    const clock = new ManualClock()
    await restartAfter(1, { step: () => copy(new CountingReader(), ignore), clock })
    expect([clock.now(), clock.timers]).toEqual([0, 0])
  })

  it('refuses what cannot be', async () => {
    const step = () => copy(new CountingReader(), ignore)
    await expect(restartAfter(5, { step })).rejects.toThrow('restartAfter.chunk must be 1 to 4')
    await expect(restartAfter(0, { step })).rejects.toMatchObject({ option: 'restartAfter.chunk' })
    await expect(restartAfter(1, { step: step() as never })).rejects.toMatchObject({ option: 'restartAfter.step' })
    await expect(restartAfter(1, { step, written: () => [] })).rejects.toMatchObject({ option: 'restartAfter.prepare' })
    await expect(restartAfter(1, { step, death: 'soon' as never })).rejects.toThrow('"soon"')
  })
})

describe('restartAnywhere', () => {
  it('kills at each chunk, before and after its commit, and before the end is stored', async () => {
    const proof = await restartAnywhere({ step: () => copy(new CountingReader(), ignore) })
    expect(proof).toMatchObject({ chunks: 4, restarts: 9 })
  })

  it('completes a writer again whose step had ended without being stored', async () => {
    const completed: number[] = []
    let life = 0
    const step = () => {
      const writer = new OutputWriter([])
      const mine = life++
      return copy(new CountingReader(), Object.assign(writer, { complete: () => void completed.push(mine) }))
    }
    await restartAnywhere({ step, death: 'before-end' })
    expect(completed).toEqual([0, 1, 2])
  })

  it.each(['read', 'any'] as const)('holds for concurrent chunks, committed in %s order', async (commitOrder) => {
    let target = new ListItemWriter<number>()
    const proof = await restartAnywhere({
      step: () =>
        chunkStep('many', {
          chunkSize: 2,
          concurrency: 3,
          commitOrder,
          reader: () => new NumbersReader(new Set(numbers(11))),
          processor: (item) => Promise.resolve(item),
          writer: target,
        }),
      written: () => target.items,
      prepare: () => (target = new ListItemWriter()),
    })
    expect(proof.restarts).toBe(proof.chunks * 2 + 1)
  })

  it('holds for the calls of a tasklet', async () => {
    const rows: number[] = []
    const step = () =>
      taskletStep('calls', ({ executionContext, transaction }) => {
        const call = executionContext.get<number>('calls') ?? 0
        executionContext.put('calls', call + 1)
        transaction.onCommit(() => rows.push(call))
        return call < 3 ? 'CONTINUABLE' : 'FINISHED'
      })
    const proof = await restartAnywhere({ step, written: () => rows, prepare: () => rows.splice(0) })
    expect(proof).toMatchObject({ chunks: 4, restarts: 9, written: [0, 1, 2, 3] })
  })

  it('holds for partitions, with parameters and a context', async () => {
    const step = () =>
      partitionStep('parts', {
        partitioner: listPartitioner(['AT', 'CH', 'DE']),
        step: chunkStep('part', {
          chunkSize: 1,
          reader: ({ executionContext, parameters }: StepContext<{ day: string }>) => {
            const [value = ''] = executionContext.get<string[]>('values') ?? []
            return new ListItemReader([`${value} 1`, `${value} 2 ${parameters.day}`])
          },
          writer: new ListItemWriter<string>(),
        }),
      })
    const proof = await restartAnywhere({ step, parameters: { day: 'today' } })
    expect(proof.chunks).toBe(6)
    expect(proof.written).toContain('CH 2 today')
  })
})

it('the cause is an error with the lists of what differs', async () => {
  const step = () => copy(new CountingReader(1), ignore)
  const error: unknown = await restartAnywhere({ step }).catch((reason: unknown) => reason)
  expect((error as Error).cause).toBeInstanceOf(NotExactlyOnceError)
})
