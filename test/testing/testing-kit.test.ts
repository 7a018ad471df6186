import { chunkStep, job, MemoryJobRepository, type Timer } from 'chunkwise'
import {
  failOnNth,
  ManualClock,
  type RecordedEvent,
  recordingListener,
  runJob,
  runStep,
  testStepContext,
} from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'

describe('ManualClock', () => {
  it('rings timers in their order, each at its own time, and only when they are due', async () => {
    const clock = new ManualClock(1_000)
    const rung: [string, number][] = []
    const ring = (name: string) => () => void rung.push([name, clock.now()])
    clock.after(300, ring('b'))
    clock.after(100, ring('a'))
    clock.after(300, ring('c'))
    clock.after(301, ring('late'))
    await clock.advance('300ms')
    expect(rung).toEqual([
      ['a', 1_100],
      ['b', 1_300],
      ['c', 1_300],
    ])
    expect([clock.now(), clock.monotonic(), clock.timers]).toEqual([1_300, 300, 1])
  })

  it('rings what a timer or the code that waited for it sets within the time', async () => {
    const clock = new ManualClock(new Date(0))
    const rung: number[] = []
    const again = (): Timer => clock.after(10, () => void (rung.push(clock.now()) < 4 && again()))
    again()
    const waited = new Promise<void>((resolve) => clock.after(5, resolve)).then(() =>
      clock.after(5, () => rung.push(-1)),
    )
    await clock.advance(100)
    await waited
    expect(rung).toEqual([10, -1, 20, 30])
  })

  it('forgets what is cancelled', async () => {
    const clock = new ManualClock()
    const timer = clock.after(1, () => expect.unreachable())
    timer.cancel()
    timer.cancel()
    await clock.advance(5)
    expect(clock.timers).toBe(0)
  })

  it.each([-1, NaN, 'soon', undefined])('refuses to move by %s', async (duration) => {
    await expect(new ManualClock().advance(duration as number)).rejects.toMatchObject({ code: 'BATCH_INVALID_OPTION' })
  })
})

describe('failOnNth', () => {
  it('throws at the nth call only, and else runs with all arguments', () => {
    const add = failOnNth(2, (a: number, b: number) => a + b)
    expect(add(1, 2)).toBe(3)
    expect(() => add(1, 2)).toThrow('call 2')
    expect(add(3, 4)).toBe(7)
  })

  it('throws the error it is given, also undefined by its own', () => {
    const error = new TypeError('mine')
    expect(() => failOnNth(1, () => 1, error)()).toThrow(error)
  })
})

describe('runStep', () => {
  it('gives the step parameters that no job declares', async () => {
    const seen: unknown[] = []
    const step = chunkStep('parameters', {
      chunkSize: 1,
      reader: ({ parameters }: { parameters: { from: number } }) => [parameters.from],
      processor: (item, { parameters }) => {
        seen.push(item, parameters)
        return item
      },
      writer: (_items, { parameters }) => void seen.push(parameters),
    })
    await runStep(step, { parameters: { from: 5 } })
    expect(seen).toEqual([5, { from: 5 }, { from: 5 }])
  })

  it('runs a step with a name of any length', async () => {
    const step = chunkStep('x'.repeat(100), { chunkSize: 1, reader: [1], writer: () => undefined })
    expect((await runStep(step)).status).toBe('COMPLETED')
  })

  it('rejects when the step could not run: it was complete, or had no start left', async () => {
    const repository = new MemoryJobRepository()
    const step = chunkStep('done', { chunkSize: 1, reader: [1], writer: () => undefined })
    await runStep(step, { repository })
    await expect(runStep(step, { repository })).rejects.toMatchObject({ code: 'BATCH_JOB_INSTANCE_ALREADY_COMPLETE' })
    const failing = chunkStep('limit', {
      chunkSize: 1,
      reader: [1],
      writer: () => Promise.reject(new Error('no')),
      startLimit: 1,
    })
    await runStep(failing, { repository })
    await expect(runStep(failing, { repository })).rejects.toMatchObject({ code: 'BATCH_START_LIMIT_EXCEEDED' })
  })

  it('uses the clock and the repository it is given', async () => {
    const clock = new ManualClock(new Date('2025-12-21'))
    const repository = new MemoryJobRepository({ clock })
    const step = chunkStep('timed', { chunkSize: 1, reader: [1], writer: () => undefined })
    const { startTime, id } = await runStep(step, { repository, clock })
    expect(startTime).toEqual(new Date('2025-12-21'))
    expect(await repository.getStepExecution(id)).toBeDefined()
    expect(clock.timers).toBe(0)
  })
})

it('runJob runs a job without a database, with and without parameters', async () => {
  const step = chunkStep('a', { chunkSize: 1, reader: [1], writer: () => undefined })
  expect((await runJob(job('plain').start(step).build())).status).toBe('COMPLETED')
  const dated = job('dated', { parameters: { day: 'localDate' } })
    .start(step)
    .build()
  const execution = await runJob(dated, { day: '2025-12-21' })
  expect(execution.parameters.get('day')?.value).toBe('2025-12-21')
})

it('recordingListener writes down who was told what', async () => {
  const events: RecordedEvent[] = []
  const listener = recordingListener(events, 'mine')
  const step = chunkStep('told', { chunkSize: 1, reader: ['a'], writer: () => undefined, listeners: [listener] })
  await runStep(step)
  expect(events.every(({ listener: name }) => name === 'mine')).toBe(true)
  expect(events.find(({ event }) => event === 'afterRead')?.args).toEqual(['a'])
})

it('testStepContext is harmless, and takes what is given', () => {
  const context = testStepContext({ parameters: { max: 3 } })
  expect(context).toMatchObject({ parameters: { max: 3 }, stepExecution: { stepName: 'test', status: 'STARTED' } })
  expect(context.signal.aborted).toBe(false)
  expect(context.stepExecution.executionContext).toBe(context.executionContext)
})
