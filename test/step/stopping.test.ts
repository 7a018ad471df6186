import { setTimeout as delay } from 'node:timers/promises'
import { chunkStep, job, JobOperator, MemoryJobRepository, type StepContext } from 'chunkwise'
import { ListItemWriter } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { Deferred, numbers, settle } from './deferred.js'

interface Work {
  readonly processor?: (item: number, context: { readonly signal: AbortSignal }) => number | Promise<number>
  readonly concurrency?: number
  readonly reader?: (context: StepContext) => AsyncIterable<number> | number[]
  readonly onChunkError?: () => void
}

async function start({ processor = (item) => item, concurrency = 1, reader = () => numbers(6), onChunkError }: Work) {
  const repository = new MemoryJobRepository()
  const operator = new JobOperator({ repository })
  const writer = new ListItemWriter<number>()
  const listeners = onChunkError === undefined ? [] : [{ onChunkError }]
  const step = chunkStep('stoppable', { chunkSize: 2, reader, processor, writer, concurrency, listeners })
  const stoppable = job('stoppable').start(step).build()
  const handle = await operator.start(stoppable)
  return { repository, operator, writer, handle, job: stoppable }
}

const wait = (gate: Deferred, at: number) => async (item: number) => {
  if (item === at) await gate.promise
  return item
}

describe('a stop', () => {
  const ways = {
    'of the handle': ({ handle }: Awaited<ReturnType<typeof start>>) => handle.stop(),
    'of the operator': ({ operator, handle }: Awaited<ReturnType<typeof start>>) => operator.stop(handle.execution),
    'of the operator by id': ({ operator, handle }: Awaited<ReturnType<typeof start>>) =>
      operator.stop(handle.execution.id),
    'by another process': ({ repository, handle }: Awaited<ReturnType<typeof start>>) =>
      repository.requestStop(handle.execution.id),
  }

  it.each(Object.entries(ways))('%s lets the chunk finish, and is STOPPED when the step has ended', async (_, stop) => {
    const gate = new Deferred()
    const run = await start({ processor: wait(gate, 2) })
    await settle()
    const asked = stop(run)
    await settle()
    expect((await run.operator.execution(run.handle.execution.id))?.status).toBe('STOPPING')
    await expect(run.operator.start(run.job)).rejects.toMatchObject({ code: 'BATCH_JOB_ALREADY_RUNNING' })
    gate.resolve()
    const execution = await run.handle.result
    await asked
    expect(run.writer.items).toEqual([1, 2])
    expect(execution).toMatchObject({ status: 'STOPPED', exitStatus: { exitCode: 'STOPPED' }, failures: [] })
    expect(execution.stepExecutions).toMatchObject([{ status: 'STOPPED', counts: { write: 2, rollback: 0 } }])
    expect((await run.operator.execution(execution.id))?.stepExecutions[0]?.status).toBe('STOPPED')
    const again = await run.operator.run(run.job)
    expect([again.status, run.writer.items]).toEqual(['COMPLETED', numbers(6)])
    await run.operator.close()
  })

  it.each(['handle', 'operator'])(
    'of the %s aborts the signal of user code, whose AbortError then is the stop: the chunk is rolled back',
    async (how) => {
      const run = await start({
        processor: async (item, { signal }) => {
          if (item === 4) await delay(600_000, undefined, { signal })
          return item
        },
      })
      await settle()
      if (how === 'operator') expect(await run.operator.stop(run.handle.execution)).toBe(true)
      const execution = await (how === 'operator' ? run.handle.result : run.handle.stop())
      expect(execution).toMatchObject({ status: 'STOPPED', failures: [] })
      expect(run.writer.items).toEqual([1, 2])
      await run.operator.close()
    },
  )

  it.each([
    ['the reason of the signal', (signal: AbortSignal) => signal.reason as unknown],
    ['an error caused by it', (signal: AbortSignal) => new Error('call', { cause: signal.reason })],
    ['an AggregateError of it', (signal: AbortSignal) => new AggregateError([signal.reason, signal.reason])],
  ])('takes %s for the stop as well', async (_, error) => {
    const gate = new Deferred()
    const run = await start({
      processor: (_item, { signal }) => gate.promise.then(() => Promise.reject(error(signal))),
    })
    await settle()
    const stopped = run.handle.stop()
    gate.resolve()
    expect(await stopped).toMatchObject({ status: 'STOPPED', failures: [] })
    await run.operator.close()
  })

  it.each([
    ['another error', () => new Error('broken')],
    ['another error beside the AbortError', (reason: unknown) => new AggregateError([reason, new Error('broken')])],
    ['a text', () => 'broken'],
    ['undefined', () => undefined],
  ])('does not hide a failure: %s is FAILED', async (_, error) => {
    const gate = new Deferred()
    const run = await start({
      processor: (_item, { signal }) => gate.promise.then(() => Promise.reject(error(signal.reason))),
    })
    await settle()
    const stopped = run.handle.stop()
    gate.resolve()
    expect((await stopped).status).toBe('FAILED')
    await run.operator.close()
  })

  it('does not hide a listener that fails in an aborted chunk', async () => {
    const run = await start({
      processor: async (item, { signal }) => delay(600_000, item, { signal }),
      onChunkError: () => {
        throw new Error('listener')
      },
    })
    await settle()
    const execution = await run.handle.stop()
    expect(execution.status).toBe('FAILED')
    expect(execution.exitStatus.exitDescription).toContain('listener')
    await run.operator.close()
  })

  it('of a concurrent step commits the chunks that have begun, in order, and drops the rest without a word', async () => {
    const gates = new Map<number, Deferred>()
    let errors = 0
    const run = await start({
      concurrency: 2,
      reader: () => numbers(20),
      processor: async (item) => {
        if (item % 2 === 0) return item
        const gate = new Deferred()
        gates.set(item, gate)
        await gate.promise
        return item
      },
      onChunkError: () => void errors++,
    })
    await settle()
    const stopped = run.handle.stop()
    await settle()
    for (const item of [3, 1]) gates.get(item)?.resolve()
    expect((await stopped).status).toBe('STOPPED')
    expect([run.writer.items, [...gates.keys()], errors]).toEqual([[1, 2, 3, 4], [1, 3], 0])
    await run.operator.close()
  })

  it('stops a reader that waits with the signal', async () => {
    const run = await start({
      reader: async function* ({ signal }) {
        yield* [1, 2]
        await delay(600_000, undefined, { signal })
      },
    })
    await settle()
    expect(await run.handle.stop()).toMatchObject({ status: 'STOPPED', failures: [] })
    expect(run.writer.items).toEqual([1, 2])
    await run.operator.close()
  })

  it.each([1, 2])(
    'that comes when everything is read and on its way is COMPLETED (concurrency %i)',
    async (concurrency) => {
      const gate = new Deferred()
      const operator = new JobOperator({ repository: new MemoryJobRepository() })
      let next = 0
      const step = chunkStep('last', {
        chunkSize: 2,
        reader: { read: () => (next < 3 ? ++next : null) },
        processor: wait(gate, 3),
        writer: () => undefined,
        concurrency,
      })
      const handle = await operator.start(job('last').start(step).build())
      await settle()
      const stopped = handle.stop()
      await settle()
      gate.resolve()
      expect(await stopped).toMatchObject({ status: 'COMPLETED', stepExecutions: [{ counts: { write: 3 } }] })
      await operator.close()
    },
  )

  it('between two steps stops the job before the second', async () => {
    const operator = new JobOperator({ repository: new MemoryJobRepository() })
    const gate = new Deferred()
    let next = 0
    const reader = () => ({ read: () => (next++ === 0 ? 1 : null) })
    const step = (name: string) =>
      chunkStep(name, { chunkSize: 2, reader, processor: wait(gate, 1), writer: () => undefined })
    const two = job('two').start(step('one')).next(step('two')).build()
    const handle = await operator.start(two)
    await settle()
    const stopped = handle.stop()
    gate.resolve()
    const execution = await stopped
    expect(execution.status).toBe('STOPPED')
    expect(execution.stepExecutions).toMatchObject([{ stepName: 'one', status: 'COMPLETED' }])
    const again = await operator.run(two)
    expect([again.status, again.stepExecutions.map(({ stepName }) => stepName)]).toEqual(['COMPLETED', ['two']])
    await operator.close()
  })

  it('of what has ended says false, of what never was is a typed error', async () => {
    const run = await start({})
    await run.handle.result
    expect(await run.operator.stop(run.handle.execution.id)).toBe(false)
    await expect(run.operator.stop(4711)).rejects.toMatchObject({ code: 'BATCH_NO_SUCH_EXECUTION', executionId: 4711 })
    await run.operator.close()
  })
})

it('the signal of a step is aborted when it has ended, so that nobody waits on for it', async () => {
  let signal: AbortSignal | undefined
  const run = await start({
    processor: (item, context) => {
      signal = context.signal
      return item
    },
  })
  expect((await run.handle.result).status).toBe('COMPLETED')
  expect(signal?.aborted).toBe(true)
  await run.operator.close()
})
