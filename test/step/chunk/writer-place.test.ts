import { chunkStep, type ItemWriter, MemoryJobRepository, OwnershipLostError, stepScope, type Json } from 'chunkwise'
import { ListItemWriter, ManualClock, runStep } from 'chunkwise/testing'
import type { MemoryTransaction } from '../../../src/transaction/memory-transaction-manager.js'
import { describe, expect, it } from 'vitest'
import { Deferred, numbers, settle } from '../deferred.js'
import { LineFile, type LineHooks } from './line-file.js'

const BAD = Object.assign(new Error('bad line'), { code: 'BAD' })

/** Throws for these lines. */
const refusing =
  (...bad: readonly string[]): NonNullable<LineHooks['line']> =>
  (line) => {
    if (bad.includes(line)) throw BAD
  }

/** Makes the commit of one checkpoint, counted from 1, fail: the first is of the writer's first place. */
function failCommit(repository: MemoryJobRepository, checkpoint: number, error: () => Error): void {
  const save = repository.saveCheckpoint.bind(repository)
  let saves = 0
  repository.saveCheckpoint = (execution, lease, transaction) => {
    if (++saves === checkpoint) {
      ;(transaction as MemoryTransaction).beforeCommit(() => {
        throw error()
      })
    }
    return save(execution, lease, transaction)
  }
}

const copy = (file: LineFile, hooks: LineHooks, last = 6, chunkSize = 3) =>
  chunkStep('copy', { chunkSize, reader: numbers(last), processor: String, writer: file.writer(hooks) })

describe('a writer that can return to a place', () => {
  it('is returned to where the chunk began when the write fails, also when that ends the step', async () => {
    const file = new LineFile()
    const execution = await runStep(copy(file, { line: refusing('5') }))
    expect(execution).toMatchObject({ status: 'FAILED', failures: [BAD], counts: { write: 3 } })
    expect(file.lines).toEqual(['1', '2', '3'])
    expect(file.calls).toEqual(['open undefined', 'write 3', 'write 3', 'returnTo {"lines":3}', 'close'])
  })

  it('is returned before the chunk is written again', async () => {
    const file = new LineFile()
    let failed = false
    const line = (text: string): void => {
      if (text !== '5' || failed) return
      failed = true
      throw BAD
    }
    const retry = { maxAttempts: 2, on: ['BAD'], backoff: '1ms' } as const
    const step = chunkStep('copy', {
      chunkSize: 3,
      reader: numbers(6),
      processor: String,
      writer: file.writer({ line }),
      retry,
    })
    expect((await runStep(step)).counts).toMatchObject({ write: 6, rollback: 1 })
    expect(file.lines).toEqual(numbers(6).map(String))
  })

  it('is searched for bad items by halving, and holds each good item once, in order', async () => {
    const file = new LineFile()
    const items = numbers(64).map(String)
    const step = chunkStep('copy', {
      chunkSize: 64,
      reader: items,
      writer: file.writer({ line: refusing('17', '40') }),
      skip: { limit: 2, on: ['BAD'] },
    })
    const execution = await runStep(step)
    expect(execution.counts).toMatchObject({ write: 62, writeSkip: 2, commit: 1 })
    expect(file.lines).toEqual(items.filter((item) => item !== '17' && item !== '40'))
    // Written one by one, it would be 65.
    expect(file.calls.filter((call) => call.startsWith('write')).length).toBeLessThan(25)
  })

  it('is returned when what comes after the write fails the chunk: the skip report', async () => {
    const file = new LineFile()
    const step = chunkStep('copy', {
      chunkSize: 3,
      reader: numbers(3),
      processor: (item: number) => {
        if (item === 2) throw BAD
        return String(item)
      },
      writer: file.writer(),
      skip: { limit: 1, on: ['BAD'], to: () => Promise.reject(new Error('no dead letters today')) },
    })
    expect(await runStep(step)).toMatchObject({ status: 'FAILED', failures: [{ message: 'no dead letters today' }] })
    expect(file.lines).toEqual([])
  })

  it('is returned when the commit fails', async () => {
    const file = new LineFile()
    const repository = new MemoryJobRepository()
    failCommit(repository, 3, () => new Error('disk full'))
    const execution = await runStep(copy(file, {}), { repository })
    expect(execution).toMatchObject({ status: 'FAILED', counts: { write: 3 } })
    expect(file.lines).toEqual(['1', '2', '3'])
    expect((await runStep(copy(file, {}), { repository })).status).toBe('COMPLETED')
    expect(file.lines).toEqual(numbers(6).map(String))
  })

  it('is left alone when the owner is lost: the next owner may be writing', async () => {
    const file = new LineFile()
    const repository = new MemoryJobRepository()
    failCommit(repository, 2, () => new OwnershipLostError({ jobExecutionId: 1, ownerId: 'me' }, 'taken over'))
    expect((await runStep(copy(file, {}), { repository })).failures).toMatchObject([{ code: 'BATCH_OWNERSHIP_LOST' }])
    expect(file.calls.filter((call) => call.startsWith('returnTo'))).toEqual([])
    expect(file.calls).not.toContain('complete')
  })

  it('fails the step when it cannot return, whatever is retried and skipped', async () => {
    const file = new LineFile()
    const stuck = new Error('read-only file system')
    const hooks: LineHooks = {
      line: refusing('2'),
      returnTo: () => {
        throw stuck
      },
    }
    const step = chunkStep('copy', {
      chunkSize: 3,
      reader: numbers(3),
      processor: String,
      writer: file.writer(hooks),
      retry: { maxAttempts: 3, on: [Error], backoff: '1ms' },
      skip: { limit: 10, on: [Error] },
    })
    const execution = await runStep(step)
    expect(execution).toMatchObject({
      status: 'FAILED',
      failures: [{ code: 'BATCH_WRITER_RETURN', part: 'writer', cause: stuck, after: BAD }],
    })
    expect(file.calls.filter((call) => call.startsWith('write'))).toEqual(['write 3'])
  })

  it('ends the search when it cannot return behind a failed part', async () => {
    const file = new LineFile()
    let returns = 0
    const hooks: LineHooks = {
      line: refusing('2'),
      returnTo: () => {
        if (++returns === 2) throw new Error('gone')
      },
    }
    const step = chunkStep('copy', {
      chunkSize: 4,
      reader: numbers(4),
      processor: String,
      writer: file.writer(hooks),
      skip: { limit: 10, on: [Error] },
    })
    expect((await runStep(step)).failures).toMatchObject([{ code: 'BATCH_WRITER_RETURN' }])
    expect(file.lines).toEqual([])
  })

  it('is not returned while its own write is still under way behind a timeout', async () => {
    const file = new LineFile()
    const clock = new ManualClock()
    const late = new Deferred()
    const step = chunkStep('copy', {
      chunkSize: 2,
      reader: numbers(2),
      processor: String,
      writer: file.writer({ line: () => late.promise }),
      timeout: { chunk: '10s' },
    })
    const running = runStep(step, { clock })
    await settle()
    await clock.advance(10_000)
    await settle()
    await clock.advance(2_000)
    await settle()
    await clock.advance(2_000)
    expect(await running).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_TIMEOUT' }] })
    expect(file.calls.slice(0, 3)).toEqual(['open undefined', 'write 2', 'close'])
    expect(file.calls).not.toContain('returnTo {"lines":0}')
    late.resolve()
  })

  it('is returned behind a timeout once its write has ended', async () => {
    const file = new LineFile()
    const clock = new ManualClock()
    const late = new Deferred()
    const line: LineHooks['line'] = async (text) => {
      if (text === '2') await late.promise
    }
    const step = chunkStep('copy', {
      chunkSize: 2,
      reader: numbers(2),
      processor: String,
      writer: file.writer({ line }),
      timeout: { chunk: '10s' },
    })
    const running = runStep(step, { clock })
    await settle()
    await clock.advance(10_000)
    await settle()
    late.resolve()
    expect(await running).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_TIMEOUT' }] })
    expect(file.calls.slice(0, 4)).toEqual(['open undefined', 'write 2', 'returnTo {"lines":0}', 'close'])
    expect(file.lines).toEqual([])
  })

  it('needs to be a stream: returnTo alone is half of one', async () => {
    const step = chunkStep('half', {
      chunkSize: 1,
      reader: [1],
      writer: { write: () => undefined, returnTo: (_position: Json) => undefined },
    })
    expect((await runStep(step)).failures).toMatchObject([
      { code: 'BATCH_INCOMPLETE_STREAM', missing: ['open', 'position', 'close'] },
    ])
  })
})

describe('the first place of a writer that can return', () => {
  it('is stored before anything is written, so that a restart is opened there though no chunk has committed', async () => {
    const file = new LineFile()
    file.lines.push('old')
    const repository = new MemoryJobRepository()
    const keeping = { open: (position: Json | undefined) => position ?? { lines: 1 } }
    const execution = await runStep(copy(file, { ...keeping, line: refusing('2') }), { repository })
    expect(execution).toMatchObject({ status: 'FAILED', counts: { read: 0, write: 0, commit: 0, rollback: 1 } })
    expect((await repository.getStepExecution(execution.id))?.executionContext.get('chunkwise.writer')).toEqual({
      lines: 1,
    })
    file.calls.length = 0
    file.lines.push('of a dead process')
    expect(await runStep(copy(file, {}), { repository })).toMatchObject({ status: 'COMPLETED', counts: { write: 6 } })
    expect(file.calls[0]).toBe('open {"lines":1}')
    expect(file.lines).toEqual(['old', ...numbers(6).map(String)])
  })

  it('is stored once, and not of a step that has nothing to return', async () => {
    const repository = new MemoryJobRepository()
    const save = repository.saveCheckpoint.bind(repository)
    let saves = 0
    repository.saveCheckpoint = (...given) => (saves++, save(...given))
    const file = new LineFile()
    await runStep(copy(file, { line: refusing('5') }), { repository })
    expect(saves).toBe(2)
    await runStep(copy(file, {}), { repository })
    expect(saves).toBe(3)
    await runStep(chunkStep('list', { chunkSize: 3, reader: numbers(6), writer: new ListItemWriter<number>() }), {
      repository,
    })
    expect(saves).toBe(5)
  })

  it('that cannot be stored fails the step before it reads', async () => {
    const file = new LineFile()
    const repository = new MemoryJobRepository()
    failCommit(repository, 1, () => new Error('no repository today'))
    const execution = await runStep(copy(file, {}), { repository })
    expect(execution).toMatchObject({ status: 'FAILED', failures: [{ message: 'no repository today' }] })
    expect([execution.counts.read, file.calls]).toEqual([0, ['open undefined', 'close']])
  })
})

describe('complete()', () => {
  it('is called once, when all has committed, before close: the writer first', async () => {
    const file = new LineFile()
    const calls = file.calls
    let next = 0
    const reader = {
      open: () => undefined,
      read: () => (next < 2 ? ++next : null),
      position: () => next,
      complete: () => void calls.push('reader.complete'),
      close: () => void calls.push('reader.close'),
    }
    const step = chunkStep('copy', { chunkSize: 2, reader, processor: String, writer: file.writer() })
    expect((await runStep(step)).status).toBe('COMPLETED')
    expect(calls).toEqual(['open undefined', 'write 2', 'complete', 'close', 'reader.complete', 'reader.close'])
  })

  it('is called where there was nothing to write', async () => {
    const file = new LineFile()
    await runStep(copy(file, {}, 0))
    expect(file.calls).toEqual(['open undefined', 'complete', 'close'])
  })

  it('is not called when the step fails', async () => {
    const file = new LineFile()
    await runStep(copy(file, { line: refusing('2') }))
    expect(file.calls).not.toContain('complete')
  })

  it('fails the step when it throws, and is called again by the restart, which reads nothing more', async () => {
    const file = new LineFile()
    const repository = new MemoryJobRepository()
    const failure = new Error('cannot rename')
    const complete = (): never => {
      throw failure
    }
    expect(await runStep(copy(file, { complete }), { repository })).toMatchObject({
      status: 'FAILED',
      failures: [failure],
      counts: { write: 6 },
    })
    file.calls.length = 0
    expect((await runStep(copy(file, {}), { repository })).status).toBe('COMPLETED')
    expect(file.calls).toEqual(['open {"lines":6}', 'complete', 'close'])
  })

  it('is not called by an owner whose lease is another’s by now', async () => {
    const file = new LineFile()
    const repository = new MemoryJobRepository()
    const find = repository.findLease.bind(repository)
    repository.findLease = async (id) => {
      const state = await find(id)
      return state && { ...state, ownerId: 'another', jobExecutionId: 99 }
    }
    const execution = await runStep(copy(file, {}), { repository })
    expect(execution.failures).toMatchObject([{ code: 'BATCH_OWNERSHIP_LOST' }])
    expect(file.calls).not.toContain('complete')
  })
})

describe('dead letters to a writer with a place', () => {
  const letters = (file: LineFile, hooks: LineHooks = {}) => {
    const writer = file.writer(hooks)
    const write = writer.write.bind(writer)
    // Errors are no JSON.
    writer.write = (items, context) =>
      write(
        (items as { position: string }[]).map(({ position }) => `letter ${position}`),
        context,
      )
    return writer
  }

  const skipping = (file: LineFile, hooks: LineHooks = {}, bad = [2, 5]) =>
    chunkStep('skipping', {
      chunkSize: 3,
      reader: numbers(6),
      processor: (item: number) => {
        if (bad.includes(item)) throw BAD
        return item
      },
      writer: new ListItemWriter<number>(),
      skip: { limit: 9, on: ['BAD'], to: letters(file, hooks) },
    })

  it('are opened, completed and closed like the writer, and keep their place with each chunk', async () => {
    const file = new LineFile()
    const execution = await runStep(skipping(file))
    expect(execution).toMatchObject({ status: 'COMPLETED', counts: { processSkip: 2 } })
    expect(file.lines).toEqual(['letter 1', 'letter 4'])
    expect(file.calls).toEqual(['open undefined', 'write 1', 'write 1', 'complete', 'close'])
    expect(execution.executionContext.get('chunkwise.deadLetters')).toEqual({ lines: 2 })
  })

  it('are cut off when their chunk is rolled back, and come once over a restart', async () => {
    const file = new LineFile()
    const repository = new MemoryJobRepository()
    let down = true
    const hooks: LineHooks = {
      line: (line) => {
        if (down && line === 'letter 4') throw new Error('full')
      },
    }
    expect((await runStep(skipping(file, hooks, [2, 4, 5]), { repository })).status).toBe('FAILED')
    expect(file.lines).toEqual(['letter 1'])
    down = false
    file.calls.length = 0
    expect((await runStep(skipping(file, hooks, [2, 4, 5]), { repository })).status).toBe('COMPLETED')
    expect(file.lines).toEqual(['letter 1', 'letter 3', 'letter 4'])
    expect(file.calls[0]).toBe('open {"lines":1}')
  })

  it('come from stepScope, made once per step execution', async () => {
    const file = new LineFile()
    let made = 0
    const step = chunkStep('scoped', {
      chunkSize: 3,
      reader: numbers(6),
      processor: (item: number) => {
        if (item === 2) throw BAD
        return item
      },
      writer: new ListItemWriter<number>(),
      skip: { limit: 9, on: ['BAD'], to: stepScope(() => (made++, letters(file))) },
    })
    expect((await runStep(step)).status).toBe('COMPLETED')
    expect([made, file.lines]).toEqual([1, ['letter 1']])
  })

  it('cannot serve several partitions at once', () => {
    const step = chunkStep('worker', {
      chunkSize: 1,
      reader: () => [1],
      writer: () => undefined,
      skip: { limit: 1, on: [Error], to: letters(new LineFile()) },
    })
    expect(step.notForPartitions).toMatch(/skip\.to is made for each partition by stepScope/)
  })

  it('refuse to be the writer too: it has one place', async () => {
    const writer = letters(new LineFile())
    const step = chunkStep('twice', {
      chunkSize: 3,
      reader: numbers(1),
      writer: writer as ItemWriter<unknown>,
      skip: { limit: 9, on: ['BAD'], to: writer },
    })
    expect((await runStep(step)).failures).toMatchObject([{ code: 'BATCH_STREAM_IN_USE', part: 'skip.to' }])
  })
})
