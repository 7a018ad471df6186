import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  chunkStep,
  InvalidOptionError,
  job,
  jobStep,
  listPartitioner,
  MemoryJobRepository,
  partitionStep,
  PoolTaskExecutor,
  type StepContext,
  taskletStep,
} from 'chunkwise'
import { instrument } from 'chunkwise/opentelemetry'
import { ManualClock, runJob } from 'chunkwise/testing'
import { describe, expect, test } from 'vitest'
import { numbers } from '../step/deferred.js'
import { Sdk } from './sdk.js'

const load = (items: readonly number[] = numbers(4)) =>
  chunkStep('load', { chunkSize: 2, reader: () => items, writer: () => {} })

const partitioned = () =>
  partitionStep('parts', {
    partitioner: listPartitioner(numbers(4)),
    step: chunkStep('worker', {
      chunkSize: 2,
      reader: ({ executionContext }: StepContext) => executionContext.get<number[]>('values') ?? [],
      writer: () => {},
      taskExecutor: new PoolTaskExecutor({ corePoolSize: 2 }),
    }),
    gridSize: 2,
  })

describe('OpenTelemetry spans', () => {
  test('are one of the job, in it one of each step, in it one of each chunk, with ids and counts', async () => {
    await using sdk = new Sdk()
    const execution = await runJob(job('nightly').start(load()).build(), {})
    const [step] = execution.stepExecutions
    expect(sdk.spans.map((span) => sdk.pathOf(span))).toEqual([
      'job nightly > step load > chunk load',
      'job nightly > step load > chunk load',
      'job nightly > step load',
      'job nightly',
    ])
    expect(sdk.spans.map(({ attributes }) => attributes)).toMatchObject([
      { 'batch.step.name': 'load', 'batch.chunk.index': 0, 'batch.chunk.size': 2, 'batch.chunk.outcome': 'committed' },
      { 'batch.chunk.index': 1 },
      {
        'batch.job.name': 'nightly',
        'batch.step.execution_id': step?.id,
        'batch.step.read_count': 4,
        'batch.step.write_skip_count': 0,
        'batch.step.guarantee': step?.guarantee,
        'batch.status': 'COMPLETED',
      },
      { 'batch.job.execution_id': execution.id, 'batch.job.instance_id': execution.jobInstance.id },
    ])
    expect(new Set(sdk.spans.map((span) => span.spanContext().traceId)).size).toBe(1)
  })

  test('of partitions are in that of their step, and that of a job in the step that starts it', async () => {
    await using sdk = new Sdk()
    const outer = job('outer')
      .start(partitioned())
      .next(
        jobStep(
          'starting',
          job('inner')
            .start(load([1]))
            .build(),
        ),
      )
    await runJob(outer.build(), {})
    const paths = sdk.spans.map((span) => sdk.pathOf(span))
    const part = 'job outer > step parts > partition parts'
    expect(paths.toSorted()).toEqual(
      [
        ...[part, part, `${part} > chunk parts`, `${part} > chunk parts`],
        ...['job outer', 'job outer > step parts', 'job outer > step starting'],
        'job outer > step starting > job inner',
        'job outer > step starting > job inner > step load',
        'job outer > step starting > job inner > step load > chunk load',
      ].toSorted(),
    )
    const names = sdk.spans
      .map(({ attributes }) => attributes['batch.step.partition'])
      .filter((name) => name !== undefined)
    expect(new Set(names).size).toBe(2)
  })

  test('are active while their work is done, and in the one that was active at the start', async () => {
    await using sdk = new Sdk()
    const tracer = sdk.tracerProvider.getTracer('of the user')
    const query = (name: string): void => tracer.startSpan(name).end()
    const step = chunkStep('load', {
      chunkSize: 1,
      async *reader() {
        query('read')
        yield 1
      },
      processor: async (item: number) => {
        await Promise.resolve()
        query('process')
        return item
      },
      writer: () => query('write'),
      taskExecutor: new PoolTaskExecutor({ corePoolSize: 2 }),
    })
    const call = taskletStep('call', () => {
      query('call')
      return 'FINISHED' as const
    })
    const request = tracer.startSpan('request')
    await context.with(trace.setSpan(context.active(), request), () =>
      runJob(job('nightly').start(step).next(call).build(), {}),
    )
    request.end()
    const at = 'request > job nightly > step'
    const own = sdk.spans.filter(({ name }) => ['read', 'process', 'write', 'call'].includes(name))
    expect(own.map((span) => sdk.pathOf(span))).toEqual([
      `${at} load > read`,
      `${at} load > chunk load > process`,
      `${at} load > chunk load > write`,
      `${at} call > call`,
    ])
  })

  test('say what has failed', async () => {
    await using sdk = new Sdk()
    const error = new Error('no more')
    const failing = chunkStep('load', {
      chunkSize: 1,
      reader: [1],
      writer: () => {
        throw error
      },
    })
    await runJob(job('nightly').start(failing).build(), {})
    for (const { status, events } of sdk.spans) {
      expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'no more' })
      expect(events.map(({ attributes }) => attributes?.['exception.message'])).toEqual(['no more'])
    }
    expect(sdk.spans).toHaveLength(3)
  })

  test('of chunks can be left out, and there are none once it is disabled', async () => {
    await using sdk = new Sdk({ chunkSpans: false })
    const nightly = job('nightly').start(load()).build()
    await runJob(nightly, {})
    expect(sdk.spans.map(({ name }) => name)).toEqual(['step load', 'job nightly'])
    const points = await sdk.points()
    sdk.instrumentation.disable()
    await runJob(nightly, {})
    expect(sdk.spans).toHaveLength(2)
    expect((await sdk.points())['batch.job.duration{job=nightly,status=COMPLETED}']).toBe(
      points['batch.job.duration{job=nightly,status=COMPLETED}'],
    )
  })
})

describe('OpenTelemetry metrics', () => {
  test('count each item once in each phase, over a failure and its restart, and never by an id', async () => {
    const clock = new ManualClock(new Date('2026-01-31T00:00:00Z'))
    await using sdk = new Sdk({ clock })
    let failing = true
    const step = chunkStep('load', {
      chunkSize: 4,
      reader: () => numbers(12),
      processor: (item: number) => {
        if (item === 3) throw new TypeError('bad')
        return item === 2 ? null : item
      },
      writer: async (items: readonly number[]) => {
        await clock.advance('2s')
        if (failing && items.includes(9)) throw new Error('once')
      },
      skip: { limit: 2, on: [TypeError] },
    })
    const nightly = job('nightly').start(step).build()
    const repository = new MemoryJobRepository()
    await runJob(nightly, {}, { repository })
    const failed = await sdk.points()
    expect(failed['batch.job.last_success{job=nightly}']).toBeUndefined()
    expect(failed['batch.chunk.duration{job=nightly,step=load,outcome=failed}']).toBe(2)
    failing = false
    await runJob(nightly, {}, { repository })
    expect(await sdk.points()).toEqual({
      'batch.job.active{job=nightly}': 0,
      'batch.job.duration{job=nightly,status=FAILED}': 6,
      'batch.job.duration{job=nightly,status=COMPLETED}': 2,
      'batch.job.last_success{job=nightly}': Date.parse('2026-01-31T00:00:08Z') / 1_000,
      'batch.step.items{job=nightly,step=load,phase=read,outcome=ok}': 12,
      'batch.step.items{job=nightly,step=load,phase=process,outcome=ok}': 10,
      'batch.step.items{job=nightly,step=load,phase=process,outcome=filtered}': 1,
      'batch.step.items{job=nightly,step=load,phase=process,outcome=skipped}': 1,
      'batch.step.items{job=nightly,step=load,phase=write,outcome=ok}': 10,
      'batch.chunk.duration{job=nightly,step=load,outcome=committed}': 6,
      'batch.chunk.duration{job=nightly,step=load,outcome=failed}': 2,
    })
  })

  test('of partitions are those of their step, counted once', async () => {
    await using sdk = new Sdk({ clock: new ManualClock() })
    await runJob(job('nightly').start(partitioned()).build(), {})
    const points = await sdk.points()
    const items = Object.entries(points).filter(([name]) => name.startsWith('batch.step.items'))
    expect(Object.fromEntries(items)).toEqual({
      'batch.step.items{job=nightly,step=parts,phase=read,outcome=ok}': 4,
      'batch.step.items{job=nightly,step=parts,phase=process,outcome=ok}': 4,
      'batch.step.items{job=nightly,step=parts,phase=write,outcome=ok}': 4,
    })
  })

  test('say how many executions run now', async () => {
    await using sdk = new Sdk()
    let during: number | undefined
    const look = taskletStep('look', async () => {
      during = (await sdk.points())['batch.job.active{job=nightly}']
      return 'FINISHED' as const
    })
    await runJob(job('nightly').start(look).build(), {})
    expect([during, (await sdk.points())['batch.job.active{job=nightly}']]).toEqual([1, 0])
  })
})

test.each([
  [{ tracer: {} as never }, 'instrument.tracer'],
  [{ meter: {} as never }, 'instrument.meter'],
  [{ chunkSpan: true } as never, 'instrument.chunkSpan'],
])('options that cannot work are refused: %j', (options, option) => {
  expect(() => instrument(options)).toThrow(InvalidOptionError)
  expect(() => instrument(options)).toThrow(option)
})
