import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { type TracingChannel, type TracingChannelSubscribers, tracingChannel } from 'node:diagnostics_channel'
import {
  chunkStep,
  type ChunkTrace,
  flow,
  flowStep,
  job,
  jobStep,
  JobOperator,
  type JobTrace,
  MemoryJobRepository,
  listPartitioner,
  partitionStep,
  PoolTaskExecutor,
  type StepContext,
  type StepTrace,
  taskletStep,
  type Trace,
} from 'chunkwise'
import { runJob } from 'chunkwise/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { NumbersReader } from '../step/chunk/numbers-reader.js'
import { Deferred, numbers } from '../step/deferred.js'

type Event = 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error'
const EVENTS: readonly Event[] = ['start', 'end', 'asyncStart', 'asyncEnd', 'error']

const ends: (() => void)[] = []
afterEach(() => ends.splice(0).forEach((end) => end()))

/** Subscribes by name, as somebody does who has not imported this package. */
function listen<T extends Trace>(name: string, tell: (event: Event, message: T) => void, events = EVENTS): void {
  const channel = tracingChannel(name) as TracingChannel<unknown, T>
  const told = Object.fromEntries(
    EVENTS.map((event) => [event, (message: T) => void (events.includes(event) && tell(event, message))]),
  ) as unknown as TracingChannelSubscribers<T>
  channel.subscribe(told)
  ends.push(() => channel.unsubscribe(told))
}

const load = (items: readonly number[] = numbers(4)) =>
  chunkStep('load', { chunkSize: 2, reader: () => items, writer: () => {} })

describe('the tracing channels', () => {
  test('tell of a job, its step and its chunks, each inside the other, with objects that lead up', async () => {
    const told: string[] = []
    const chunks: ChunkTrace[] = []
    listen<JobTrace>('chunkwise:job', (event, { jobExecution }) => told.push(`job ${event} ${jobExecution.status}`))
    listen<StepTrace>('chunkwise:step', (event, trace) => told.push(`step ${event} ${trace.stepExecution.status}`))
    listen<ChunkTrace>('chunkwise:chunk', (event, trace) => {
      told.push(`chunk ${trace.index} ${event} ${trace.size} ${trace.outcome}`)
      if (event === 'asyncEnd') chunks.push(trace)
    })
    const execution = await runJob(job('nightly').start(load()).build(), {})
    const isAsync = (line: string): boolean => !line.includes(' end ') && !line.includes('asyncStart')
    expect(told.filter(isAsync)).toEqual([
      'job start STARTED',
      'step start STARTED',
      'chunk 0 start 2 undefined',
      'chunk 0 asyncEnd 2 committed',
      'chunk 1 start 2 undefined',
      'chunk 1 asyncEnd 2 committed',
      'step asyncEnd COMPLETED',
      'job asyncEnd COMPLETED',
    ])
    const [first] = chunks
    expect(first?.step.stepExecution).toBe(execution.stepExecutions[0])
    expect(first?.step.job.jobExecution.id).toBe(execution.id)
    expect(first?.step.inside).toBeUndefined()
  })

  test.each([1, 4])('tell of what has failed, with the error, at a concurrency of %d', async (concurrency) => {
    const failed: [string, unknown][] = []
    const outcomes: (string | undefined)[] = []
    listen<JobTrace>('chunkwise:job', (_event, { error }) => failed.push(['job', error]), ['error'])
    listen<StepTrace>('chunkwise:step', (_event, { error }) => failed.push(['step', error]), ['error'])
    listen<ChunkTrace>('chunkwise:chunk', (_event, { error }) => failed.push(['chunk', error]), ['error'])
    listen<ChunkTrace>('chunkwise:chunk', (_event, { index, outcome }) => (outcomes[index] = outcome), ['asyncEnd'])
    const error = new Error('no more')
    const step = chunkStep('load', {
      chunkSize: 1,
      reader: numbers(6),
      concurrency,
      writer: ([item]) => {
        if (item === 3) throw error
      },
    })
    const { status } = await runJob(job('nightly').start(step).build(), {})
    expect(status).toBe('FAILED')
    expect(failed).toEqual([
      ['chunk', error],
      ['step', error],
      ['job', error],
    ])
    expect(outcomes.slice(0, 3)).toEqual(['committed', 'committed', 'failed'])
    expect(outcomes.slice(3).every((outcome) => outcome === 'dropped')).toBe(true)
  })

  test('tell nothing of a chunk that a stop has dropped as failed', async () => {
    const outcomes: (string | undefined)[] = []
    listen<ChunkTrace>('chunkwise:chunk', (event, { outcome }) => outcomes.push(`${event} ${outcome}`), [
      'error',
      'asyncEnd',
    ])
    const stop = new Deferred()
    const waiting = chunkStep('load', {
      chunkSize: 1,
      reader: numbers(3),
      processor: async (item, { signal }) => {
        if (item === 1) return item
        stop.resolve()
        await once(signal, 'abort')
        throw signal.reason
      },
      writer: () => {},
    })
    await using operator = new JobOperator({ repository: new MemoryJobRepository() })
    const handle = await operator.start(job('nightly').start(waiting).build())
    await stop.promise
    void handle.stop()
    expect((await handle.result).status).toBe('STOPPED')
    expect(outcomes).toEqual(['asyncEnd committed', 'asyncEnd dropped'])
  })

  test('link partitions to their step, steps of a flow to its step, and a job to the step that starts it', async () => {
    const lines: string[] = []
    const nameOf = ({ stepName, partition }: StepTrace): string =>
      partition === undefined ? stepName : `${stepName}[${partition}]`
    const above = (trace: StepTrace): string =>
      trace.inside === undefined ? trace.job.jobExecution.jobName : `${above(trace.inside)} > ${nameOf(trace.inside)}`
    listen<StepTrace>('chunkwise:step', (_event, trace) => lines.push(`${above(trace)} > ${nameOf(trace)}`), ['start'])
    listen<JobTrace>(
      'chunkwise:job',
      (_event, { jobExecution, startedBy }) => lines.push(`${jobExecution.jobName} by ${startedBy?.stepName}`),
      ['start'],
    )
    const worker = chunkStep('worker', {
      chunkSize: 1,
      reader: ({ executionContext }: StepContext) => executionContext.get<number[]>('values') ?? [],
      writer: () => {},
    })
    const parts = partitionStep('parts', { partitioner: listPartitioner([1, 2]), step: worker, gridSize: 2 })
    const inner = job('inner').start(load()).build()
    const outer = job('outer')
      .start(parts)
      .next(
        flowStep(
          'flowing',
          flow('f')
            .start(taskletStep('call', () => 'FINISHED' as const))
            .build(),
        ),
      )
      .next(jobStep('starting', inner))
      .build()
    const execution = await runJob(outer, {})
    execution.throwIfUnsuccessful()
    expect(lines).toEqual([
      'outer by undefined',
      'outer > parts',
      expect.stringMatching(/^outer > parts > parts\[/),
      expect.stringMatching(/^outer > parts > parts\[/),
      'outer > flowing',
      'outer > flowing > call',
      'outer > starting',
      'inner by starting',
      'inner > load',
    ])
  })

  test.each(['read', 'any'] as const)(
    'call the work inside what a subscriber says, at commit order %s',
    async (order) => {
      const storage = new AsyncLocalStorage<string>()
      const set = (name: (message: never) => string) => (_event: Event, message: Trace) => {
        const inner = `${storage.getStore() ?? ''}/${name(message as never)}`
        message.within = (work) => storage.run(inner, work)
      }
      listen(
        'chunkwise:job',
        set(() => 'job'),
        ['start'],
      )
      listen(
        'chunkwise:step',
        set(({ stepName }: StepTrace) => stepName),
        ['start'],
      )
      listen(
        'chunkwise:chunk',
        set(({ index }: ChunkTrace) => String(index)),
        ['start'],
      )
      const seen: string[] = []
      const see = (what: string, item: unknown): void => void seen.push(`${what} ${String(item)} ${storage.getStore()}`)
      const step = chunkStep('load', {
        chunkSize: 1,
        reader: () => new NumbersReader(new Set(numbers(5))),
        processor: async (item: number) => {
          await Promise.resolve()
          see('process', item)
          return item
        },
        writer: async ([item]) => {
          await Promise.resolve()
          see('write', item)
        },
        commitOrder: order,
        taskExecutor: new PoolTaskExecutor({ corePoolSize: 2 }),
        concurrency: 3,
      })
      const execution = await runJob(job('nightly').start(step).build(), {})
      execution.throwIfUnsuccessful()
      const expected = numbers(5).flatMap((item) =>
        ['process', 'write'].map((what) => `${what} ${item} /job/load/${item - 1}`),
      )
      expect(seen.toSorted()).toEqual(expected.toSorted())
    },
  )

  test('what two subscribers say is called one inside the other', async () => {
    const seen: string[] = []
    const around = (name: string) => (_event: Event, message: Trace) => {
      const { within = (work) => work() } = message
      message.within = (work) => {
        seen.push(name)
        return within(work)
      }
    }
    listen('chunkwise:job', around('first'), ['start'])
    listen('chunkwise:job', around('second'), ['start'])
    const { status } = await runJob(job('nightly').start(load()).build(), {})
    expect([status, ...seen]).toEqual(['COMPLETED', 'second', 'first'])
  })
})
