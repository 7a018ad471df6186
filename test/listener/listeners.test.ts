import { type ChunkStepListener, chunkStep, ExitStatus, job, type JobListener, MemoryJobRepository } from 'chunkwise'
import { ListItemWriter, type RecordedEvent, recordingListener, runJob, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { numbers } from '../step/deferred.js'

const names = (events: readonly RecordedEvent[]) => events.map(({ event }) => event)

/** A step of two chunks of two items that tells the listeners, and fails where it is told to. */
function step(listeners: readonly ChunkStepListener<number, number>[], failAt: 'read' | 'process' | 'write' | '' = '') {
  const fail = (place: string, item: number) => {
    if (place === failAt && item === 3) throw new Error(`${place} ${item}`)
    return item
  }
  const writer = new ListItemWriter<number>()
  let next = 0
  return {
    writer,
    step: chunkStep('told', {
      chunkSize: 2,
      reader: { read: () => (next === 4 ? null : fail('read', ++next)) },
      processor: (item) => fail('process', item),
      writer: {
        write(items, context) {
          writer.write(items, context)
          fail('write', items[0]!)
        },
      },
      listeners,
    }),
  }
}

describe('listeners', () => {
  it('are told everything, in its order', async () => {
    const events: RecordedEvent[] = []
    const listener = recordingListener(events)
    await runJob(
      job('told')
        .start(step([listener]).step)
        .build(),
      {},
    )
    const ofChunk = ['beforeChunk', ...numbers(2).flatMap(() => ['beforeProcess', 'afterProcess'])]
    const chunk = ['afterRead', 'afterRead', ...ofChunk, 'beforeWrite', 'afterWrite', 'afterChunk']
    expect(names(events)).toEqual(['beforeStep', ...chunk, ...chunk, 'afterStep'])
  })

  it.each([
    ['read', ['onReadError', 'afterStep']],
    ['process', ['beforeProcess', 'onProcessError', 'onChunkError', 'afterStep']],
    ['write', ['beforeWrite', 'onWriteError', 'onChunkError', 'afterStep']],
  ] as const)('are told of a failed %s', async (place, expected) => {
    const events: RecordedEvent[] = []
    const execution = await runStep(step([recordingListener(events)], place).step)
    expect(names(events).slice(-expected.length)).toEqual(expected)
    expect(execution.failures).toEqual([new Error(`${place} 3`)])
    const told = events.find(({ event }) => event.endsWith('Error'))
    expect(told?.args).toContainEqual(new Error(`${place} 3`))
  })

  it('nest: the first is told first of what begins, and last of what ends', async () => {
    const events: RecordedEvent[] = []
    const a = recordingListener(events, 'a')
    const b = recordingListener(events, 'b')
    const made = job('nested', { listeners: [a, b] })
      .start(step([a, b], 'write').step)
      .build()
    await runJob(made, {})
    const orders = new Map<string, string>()
    for (const { event, listener } of events) orders.set(event, ((orders.get(event) ?? '') + listener).slice(0, 2))
    for (const [event, order] of orders)
      expect([event, order]).toEqual([event, event.startsWith('before') ? 'ab' : 'ba'])
    expect(orders.size).toBe(13)
  })

  it('of items are told values as they come, undefined for a filtered item', async () => {
    const seen: unknown[] = []
    const filtering = chunkStep('filter', {
      chunkSize: 2,
      reader: [1, 2],
      processor: (item) => (item === 1 ? null : `${item}`),
      writer: () => undefined,
      listeners: [{ afterProcess: (item, result) => void seen.push([item, result]) }],
    })
    await runStep(filtering)
    expect(seen).toEqual([
      [1, undefined],
      [2, '2'],
    ])
  })

  it('of chunks are told number, size and counts: with the chunk after its commit, without it before', async () => {
    const seen: unknown[] = []
    const note = ({ index, size, counts }: { index: number; size: number; counts: { read: number } }) =>
      void seen.push([index, size, counts.read])
    await runStep(
      chunkStep('info', {
        chunkSize: 2,
        reader: numbers(3),
        writer: () => undefined,
        listeners: [{ beforeChunk: note, afterChunk: note }],
      }),
    )
    expect(seen).toEqual([
      [0, 2, 0],
      [0, 2, 2],
      [1, 1, 2],
      [1, 1, 3],
    ])
  })

  it('have a phase: write listeners are inside the transaction, error listeners after the rollback', async () => {
    const { step: made, writer } = step(
      [
        {
          beforeWrite: (_items, { executionContext }) => executionContext.put('seen', true),
          onWriteError: () => expect(writer.items).toEqual([1, 2]),
          afterChunk: (_chunk, { executionContext }) => expect(executionContext.get('seen')).toBe(true),
          onChunkError: (_chunk, _error, { executionContext }) => expect(executionContext.has('seen')).toBe(true),
        },
      ],
      'write',
    )
    expect((await runStep(made)).failures).toEqual([new Error('write 3')])
  })

  it('make no promise an item where none listens', async () => {
    let inside = 0
    let interrupted = 0
    await runStep(
      chunkStep('sync', {
        chunkSize: 100,
        reader: numbers(100),
        processor: (item) => {
          if (inside++ === 0) void Promise.resolve().then(() => (interrupted = inside))
          return item
        },
        writer: () => undefined,
        listeners: [{ beforeChunk: () => undefined, afterChunk: () => undefined, beforeStep: () => undefined }],
      }),
    )
    expect(interrupted).toBe(100)
  })
})

const FAILING = ['beforeStep', 'afterRead', 'beforeChunk', 'beforeProcess', 'afterProcess', 'beforeWrite', 'afterWrite']
const THROWN = {
  'an Error at once': () => {
    throw new Error('listener')
  },
  'a rejection': () => Promise.reject(new Error('listener')),
  'a text': () => Promise.reject('listener'),
  undefined: () => Promise.reject(undefined),
}

describe('a listener that fails', () => {
  for (const [what, fail] of Object.entries(THROWN)) {
    it.each(FAILING)(`with ${what} in %s fails the step, and no row is written`, async (event) => {
      const { step: made, writer } = step([{ [event]: fail }])
      const execution = await runStep(made)
      expect(execution.status).toBe('FAILED')
      expect(writer.items).toEqual([])
      expect(execution.failures).toHaveLength(1)
      expect(execution.counts).toMatchObject({ read: 0, write: 0 })
    })

    it(`with ${what} in afterChunk fails the step, and the chunk stays committed, which is no chunk error`, async () => {
      const errors: unknown[] = []
      const { step: made, writer } = step([{ afterChunk: fail, onChunkError: (...args) => void errors.push(args) }])
      expect(await runStep(made)).toMatchObject({ status: 'FAILED', counts: { commit: 1, write: 2, rollback: 0 } })
      expect([writer.items, errors]).toEqual([[1, 2], []])
    })

    it(`with ${what} in afterStep is recorded, and the status stays`, async () => {
      const repository = new MemoryJobRepository()
      const told: string[] = []
      const { step: made } = step([{ afterStep: () => void told.push('first') }, { afterStep: fail }])
      const execution = await runStep(made, { repository })
      expect([execution.status, execution.failures.length, told]).toEqual(['COMPLETED', 1, ['first']])
      const stored = await repository.getStepExecution(execution.id)
      expect(stored?.exitStatus.exitDescription).toContain('afterStep: ')
    })
  }

  it.each([
    ['read', 'onReadError'],
    ['process', 'onProcessError'],
    ['write', 'onWriteError'],
    ['process', 'onChunkError'],
    ['write', 'onChunkError'],
  ] as const)(
    'after a failed %s, in %s, does not hide the failure: both come out, the failure first',
    async (at, event) => {
      const { step: made } = step([{ [event]: THROWN['an Error at once'] }], at)
      const execution = await runStep(made)
      const [failure] = execution.failures as AggregateError[]
      expect(failure?.errors).toEqual([new Error(`${at} 3`), new Error('listener')])
      expect(failure?.cause).toEqual(new Error(`${at} 3`))
      for (const text of [`${at} 3`, 'listener']) expect(execution.exitStatus.exitDescription).toContain(text)
    },
  )
})

describe('afterStep', () => {
  const withExit = (...statuses: ExitStatus[]) =>
    step(statuses.map((status): ChunkStepListener<number, number> => ({ afterStep: async () => status })))

  it('may raise the exit status, which is stored; the status stays', async () => {
    const repository = new MemoryJobRepository()
    const raised = withExit(new ExitStatus('COMPLETED WITH HOLES', 'three are missing'))
    const execution = await runStep(raised.step, { repository })
    expect([execution.status, execution.exitStatus.exitCode]).toEqual(['COMPLETED', 'COMPLETED WITH HOLES'])
    expect((await repository.getStepExecution(execution.id))?.exitStatus).toEqual(execution.exitStatus)
  })

  it('never lowers it', async () => {
    const { exitStatus } = await runStep(withExit(ExitStatus.FAILED, ExitStatus.NOOP, ExitStatus.COMPLETED).step)
    expect(exitStatus.exitCode).toBe('FAILED')
  })

  it('sees the final status', async () => {
    const seen: string[] = []
    const note: ChunkStepListener<number, number> = {
      afterStep: ({ status, counts }) => void seen.push(`${status} ${counts.write}`),
    }
    await runStep(step([note]).step)
    await runStep(step([note], 'write').step)
    expect(seen).toEqual(['COMPLETED 4', 'FAILED 2'])
  })
})

describe('job listeners', () => {
  const run = (listeners: JobListener[], repository = new MemoryJobRepository()) =>
    runJob(job('listened', { listeners }).start(step([]).step).build(), {}, { repository })

  it.each(Object.entries(THROWN))('beforeJob that fails with %s fails the job, and no step runs', async (_, fail) => {
    const after: string[] = []
    const execution = await run([{ beforeJob: fail, afterJob: ({ status }) => void after.push(status) }])
    expect([execution.status, execution.failures.length]).toEqual(['FAILED', 1])
    expect([execution.stepExecutions, after]).toEqual([[], ['FAILED']])
  })

  it.each(Object.entries(THROWN))(
    'afterJob that fails with %s is recorded, and the others are told',
    async (_, fail) => {
      const repository = new MemoryJobRepository()
      const after: string[] = []
      const execution = await run(
        [{ afterJob: ({ status }) => void after.push(status) }, { afterJob: fail }],
        repository,
      )
      expect([execution.status, execution.failures.length, after]).toEqual(['COMPLETED', 1, ['COMPLETED']])
      const stored = await repository.getJobExecution(execution.id)
      expect(stored?.exitStatus.exitDescription).toContain('afterJob: ')
      expect(stored?.status).toBe('COMPLETED')
    },
  )
})
