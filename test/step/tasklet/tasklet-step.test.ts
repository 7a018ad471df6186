import {
  ExitStatus,
  InvalidOptionError,
  job,
  JobOperator,
  MemoryJobRepository,
  type OutsideTaskletContext,
  SqlError,
  type StepExecution,
  type TaskletContext,
  type TaskletResult,
  TaskletResultError,
  taskletStep,
} from 'chunkwise'
import { runJob, runStep } from 'chunkwise/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Place, places } from './places.js'

/** Fails once, with the error that it is told to. */
class Once {
  #error: unknown

  constructor(error: unknown) {
    this.#error = error
  }

  throw(): void {
    const error = this.#error
    this.#error = undefined
    if (error !== undefined) throw error
  }
}

const stored = async ({ repository }: Place, { id }: StepExecution) =>
  (await repository.getStepExecution(id)) as StepExecution

describe.each(places)('a tasklet step on $name', ({ make }) => {
  let place: Place
  let run = 0
  /** A name of its own for each test: they share the database. */
  let step: string

  beforeEach(async () => {
    place = await make()
    step = `step ${++run}`
  })

  /** Writes 1, 2, … in a call each, up to `last`; the context knows which is next. */
  const counting =
    (last: number, before: (context: TaskletContext, next: number) => unknown = () => undefined) =>
    async (context: TaskletContext): Promise<TaskletResult> => {
      const next = (context.executionContext.get<number>('next') ?? 0) + 1
      context.executionContext.put('next', next)
      await place.insert(context, next)
      await before(context, next)
      return next < last ? 'CONTINUABLE' : 'FINISHED'
    }

  it.each<[string, TaskletResult]>([
    ['nothing', undefined],
    ['null', null],
    ['FINISHED', 'FINISHED'],
  ])('ends COMPLETED when a call gives %s, and has committed once', async (_what, result) => {
    const execution = await runStep(
      taskletStep(step, () => result),
      { repository: place.repository },
    )
    const expected = { status: 'COMPLETED', exitStatus: { exitCode: 'COMPLETED' }, counts: { commit: 1, rollback: 0 } }
    expect(execution).toMatchObject(expected)
    expect(await stored(place, execution)).toMatchObject(expected)
  })

  it('calls again after CONTINUABLE: each call is one transaction with its context', async () => {
    const seen: unknown[] = []
    const tasklet = counting(3, async ({ stepExecution }, next) => {
      const { counts, executionContext } = await stored(place, stepExecution)
      seen.push([next, counts.commit, executionContext.get('next')])
    })
    const execution = await runStep(taskletStep(step, tasklet), { repository: place.repository })
    expect(seen).toEqual([
      [1, 0, undefined],
      [2, 1, 1],
      [3, 2, 2],
    ])
    expect(await stored(place, execution)).toMatchObject({ status: 'COMPLETED', counts: { commit: 3, rollback: 0 } })
    expect(await place.rows()).toEqual([1, 2, 3])
  })

  it('ends COMPLETED with the exit code that a call gives, and routes by it', async () => {
    const nothing = taskletStep(step, () => new ExitStatus('NOTHING TO DO', 'no file'))
    const after = taskletStep(`${step} after`, () => undefined)
    const never = taskletStep(`${step} never`, () => undefined)
    const routed = job(`job ${step}`).start(nothing).on(nothing, 'NOTHING*').to(after).from(nothing).next(never).build()
    const { status, stepExecutions } = await runJob(routed, {}, { repository: place.repository })
    expect(status).toBe('COMPLETED')
    expect(stepExecutions.map(({ stepName, exitStatus }) => [stepName, exitStatus.exitCode])).toEqual([
      [step, 'NOTHING TO DO'],
      [`${step} after`, 'COMPLETED'],
    ])
    expect(stepExecutions[0]?.exitStatus.exitDescription).toBe('no file')
  })

  it.each(['FAILED', 'STOPPED BY HAND', 'UNKNOWN', 'EXECUTING'])(
    'refuses the exit code %s, rolls the call back and says to throw',
    async (code) => {
      const tasklet = async (context: TaskletContext) => {
        await place.insert(context, 1)
        return new ExitStatus(code)
      }
      const step1 = taskletStep(step, tasklet, { retry: { maxAttempts: 3, on: [Error] } })
      const execution = await runStep(step1, { repository: place.repository })
      expect(execution).toMatchObject({ status: 'FAILED', counts: { commit: 0, rollback: 1 } })
      expect(execution.failures).toEqual([expect.any(TaskletResultError)])
      expect(String(execution.failures[0])).toContain(`${JSON.stringify(code)}: a step does not end well`)
      expect(await place.rows()).toEqual([])
    },
  )

  it.each([0, false, 'continuable', { rows: [] }])('refuses %j as a result, and quotes it', async (result) => {
    const execution = await runStep(
      taskletStep(step, () => result as never),
      { repository: place.repository },
    )
    expect(execution.failures).toMatchObject([{ code: 'BATCH_TASKLET_RESULT', stepName: step, result }])
    expect(String(execution.failures[0])).toContain(`gave ${JSON.stringify(result)}`)
  })

  it('undoes what a failed call has written and put, and a restart goes on with the last committed context', async () => {
    const broken = new Once(new Error('broken'))
    const made = taskletStep(
      step,
      counting(4, (_context, next) => next === 3 && broken.throw()),
      {
        transactional: true,
      },
    )
    const first = await runStep(made, { repository: place.repository })
    expect(first).toMatchObject({ status: 'FAILED', counts: { commit: 2, rollback: 1 } })
    expect((await stored(place, first)).executionContext.get('next')).toBe(2)
    expect(await place.rows()).toEqual([1, 2])
    const second = await runStep(made, { repository: place.repository })
    expect(second).toMatchObject({ status: 'COMPLETED', counts: { commit: 2, rollback: 0 } })
    expect(await place.rows()).toEqual([1, 2, 3, 4])
  })

  it('has one key for each call, the same over retries and restarts', async () => {
    const keys: string[] = []
    const broken = new Once(new Error('broken'))
    const failed = new Once(new Error('failed'))
    const tasklet = counting(4, ({ key }, next) => {
      keys.push(key)
      if (next === 2) broken.throw()
      if (next === 3) failed.throw()
    })
    const made = taskletStep(step, tasklet, {
      retry: { maxAttempts: 2, on: [(error) => String(error).includes('broken')] },
      allowStartIfComplete: true,
    })
    const first = await runStep(made, { repository: place.repository })
    expect(first).toMatchObject({ status: 'FAILED', counts: { commit: 2, rollback: 2 } })
    expect((await runStep(made, { repository: place.repository })).status).toBe('COMPLETED')
    const prefix = `${first.jobInstanceId}:${step}:`
    expect(keys).toEqual([0, 1, 1, 2, 2, 3].map((call) => `${prefix}${call}`))
  })

  it('has keys of its own when it is run again though it has completed, and in each pass of a loop', async () => {
    const keys: string[] = []
    const note = ({ key }: TaskletContext): void => void keys.push(key)
    const broken = new Once(new Error('broken'))
    const always = taskletStep(step, note, { allowStartIfComplete: true })
    const after = taskletStep(`${step} after`, () => broken.throw())
    const twice = job(`job ${step}`).start(always).next(after).build()
    const { jobInstance } = await runJob(twice, {}, { repository: place.repository })
    await runJob(twice, {}, { repository: place.repository })
    const looping = taskletStep(`${step} loop`, (context) => {
      note(context)
      return new ExitStatus(keys.length < 5 ? 'AGAIN' : 'DONE')
    })
    const loop = job(`loop ${step}`).start(looping).on(looping, 'AGAIN').to(looping).on(looping, 'DONE').end().build()
    const looped = await runJob(loop, {}, { repository: place.repository })
    const [first, second] = [`${jobInstance.id}:${step}`, `${looped.jobInstance.id}:${step} loop`]
    expect(keys).toEqual([`${first}:0`, `${first}~2:0`, `${second}:0`, `${second}#2:0`, `${second}#3:0`])
  })

  it('is not called again when its last call has committed, and only its end was lost', async () => {
    let calls = 0
    const broken = new Once(new Error('not promoted'))
    const made = taskletStep(
      step,
      () => {
        calls++
        return new ExitStatus('DONE', 'as\0 it was')
      },
      { promote: { keys: ['missing'], strict: true, on: ['DONE'] } },
    )
    // What fails behind the last commit leaves the step as a crash there does.
    const first = await runStep(made, { repository: place.repository })
    expect(first).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_PROMOTION' }], counts: { commit: 1 } })
    const mended = taskletStep(step, () => broken.throw())
    expect(await runStep(mended, { repository: place.repository })).toMatchObject({
      status: 'COMPLETED',
      exitStatus: { exitCode: 'DONE', exitDescription: 'as\uFFFD it was' },
      counts: { commit: 0 },
    })
    expect(calls).toBe(1)
  })

  it('is tried again by `retry`, told to its listener, and fails when the attempts are used up', async () => {
    const told: unknown[] = []
    const failures = [1, 2, 3].map((number) => Object.assign(new Error(`no ${number}`), { code: 'BUSY' }))
    let calls = 0
    const tasklet = async (context: TaskletContext) => {
      await place.insert(context, 1)
      throw failures[calls++]
    }
    const made = taskletStep(step, tasklet, {
      retry: { maxAttempts: 3, on: ['BUSY'] },
      listeners: [{ onRetry: (error, { phase, attempt }) => void told.push([error, phase, attempt]) }],
    })
    const execution = await runStep(made, { repository: place.repository })
    expect(execution).toMatchObject({ status: 'FAILED', failures: [failures[2]], counts: { commit: 0, rollback: 3 } })
    expect(told).toEqual([
      [failures[0], 'call', 1],
      [failures[1], 'call', 2],
    ])
    expect(await place.rows()).toEqual([])
  })

  it('is tried again after a transient error of the database that nobody has named', async () => {
    const deadlock = new Once(new SqlError({ kind: 'deadlock', sqlState: '40P01' }, new Error('deadlock')))
    const made = taskletStep(
      step,
      counting(2, () => deadlock.throw()),
    )
    const execution = await runStep(made, { repository: place.repository })
    expect(execution).toMatchObject({ status: 'COMPLETED', counts: { commit: 2, rollback: 1 } })
    expect(await place.rows()).toEqual([1, 2])
  })

  it('ends STOPPED between two calls, and goes on there', async () => {
    await using operator = new JobOperator({ repository: place.repository })
    const made = taskletStep(
      step,
      counting(4, ({ stepExecution }, next) => next === 2 && operator.stop(stepExecution.jobExecutionId)),
    )
    const stopping = job(`job ${step}`).start(made).build()
    const stopped = await operator.run(stopping)
    expect(stopped).toMatchObject({ status: 'STOPPED', stepExecutions: [{ status: 'STOPPED', counts: { commit: 2 } }] })
    expect(await place.rows()).toEqual([1, 2])
    expect((await operator.run(stopping)).status).toBe('COMPLETED')
    expect(await place.rows()).toEqual([1, 2, 3, 4])
  })

  it('completes when a stop comes with its last call, and the job stops behind it', async () => {
    await using operator = new JobOperator({ repository: place.repository })
    const made = taskletStep(step, ({ stepExecution }) => void operator.stop(stepExecution.jobExecutionId))
    const after = taskletStep(`${step} after`, () => undefined)
    const { status, stepExecutions } = await operator.run(job(`job ${step}`).start(made).next(after).build())
    expect([status, stepExecutions.map((execution) => execution.status)]).toEqual(['STOPPED', ['COMPLETED']])
  })

  it('runs outside of the transaction when it says so, and its puts are stored behind the call', async () => {
    const keys: string[] = []
    const failed = new Once(new Error('failed'))
    const broken = new Once(Object.assign(new Error('busy'), { code: 'BUSY' }))
    class Outside {
      readonly outside = true
      execute({ key, executionContext, ...rest }: OutsideTaskletContext): TaskletResult {
        expect(rest).not.toHaveProperty('transaction')
        const next = (executionContext.get<number>('next') ?? 0) + 1
        executionContext.put('next', next)
        keys.push(`${next} ${key.split(':').at(-1)}`)
        if (next === 2) broken.throw()
        if (next === 3) failed.throw()
        return next < 3 ? 'CONTINUABLE' : 'FINISHED'
      }
    }
    const made = taskletStep(step, new Outside(), { retry: { maxAttempts: 2, on: ['BUSY'] } })
    const first = await runStep(made, { repository: place.repository })
    expect(first).toMatchObject({ status: 'FAILED', guarantee: 'at-least-once', counts: { commit: 2, rollback: 0 } })
    const second = await runStep(made, { repository: place.repository })
    expect(second).toMatchObject({ status: 'COMPLETED', counts: { commit: 1 } })
    expect(keys).toEqual(['1 0', '2 1', '2 1', '3 2', '3 2'])
  })

  it('that runs outside is not called again when only the storing fails, and fails when that goes on', async () => {
    const { repository } = place
    const save = repository.saveCheckpoint.bind(repository)
    const lost = () => new SqlError({ kind: 'connection-lost', sqlState: undefined }, new Error('gone'))
    const once = new Once(lost())
    repository.saveCheckpoint = (...args) => {
      once.throw()
      return save(...args)
    }
    let calls = 0
    const keys: (string | undefined)[] = []
    const twice = ({ key }: OutsideTaskletContext) => {
      keys.push(key.split(':').at(-1))
      return ++calls < 2 ? 'CONTINUABLE' : 'FINISHED'
    }
    const made = taskletStep(step, twice, { outside: true, retry: { maxAttempts: 5, on: [Error] } })
    const done = await runStep(made, { repository })
    expect(done).toMatchObject({ status: 'COMPLETED', counts: { commit: 2, rollback: 1 } })
    expect(keys).toEqual(['0', '1'])
    const broken = new Error('broken')
    repository.saveCheckpoint = () => {
      throw broken
    }
    const again = taskletStep(`${step} again`, () => void calls++, {
      outside: true,
      retry: { maxAttempts: 5, on: [Error] },
    })
    const failed = await runStep(again, { repository })
    repository.saveCheckpoint = save
    expect(failed).toMatchObject({ status: 'FAILED', failures: [broken], counts: { commit: 0 } })
    expect(calls).toBe(3)
    expect((await runStep(again, { repository })).status).toBe('COMPLETED')
    expect(calls).toBe(4)
  })

  it('states its guarantee, which is stored', async () => {
    const other = new MemoryJobRepository().transactionManager
    const inside = { transactional: true, execute: () => undefined }
    const cases: [expected: string | undefined, made: ReturnType<typeof taskletStep>][] = [
      ['at-least-once', taskletStep(`${step} a`, () => undefined)],
      ['exactly-once', taskletStep(`${step} b`, () => undefined, { transactional: true })],
      ['exactly-once', taskletStep(`${step} c`, inside)],
      ['at-least-once', taskletStep(`${step} d`, inside, { transactional: false })],
      ['at-least-once', taskletStep(`${step} e`, { ...inside, pool: {} })],
      ['at-least-once', taskletStep(`${step} f`, inside, { transaction: other })],
      ['at-least-once', taskletStep(`${step} g`, () => undefined, { outside: true })],
    ]
    for (const [expected, made] of cases) {
      const execution = await runStep(made, { repository: place.repository })
      expect([execution.status, execution.guarantee]).toEqual(['COMPLETED', expected])
      expect((await stored(place, execution)).guarantee).toBe(expected)
    }
  })

  it('promotes what it has put', async () => {
    const made = taskletStep(step, ({ executionContext }) => executionContext.put('found', 7), { promote: ['found'] })
    const seen: unknown[] = []
    const after = taskletStep(
      `${step} after`,
      ({ jobExecutionContext }) => void seen.push(jobExecutionContext.get('found')),
    )
    await runJob(job(`job ${step}`).start(made).next(after).build(), {}, { repository: place.repository })
    expect(seen).toEqual([7])
  })
})

describe('the options of a tasklet step', () => {
  const tasklet = () => undefined
  it.each<[string, () => unknown]>([
    ['taskletStep.name', () => taskletStep('', tasklet)],
    ['taskletStep("a").tasklet', () => taskletStep('a', {} as never)],
    ['taskletStep("a").tasklet', () => taskletStep('a', undefined as never)],
    ['taskletStep("a").timeout.call', () => taskletStep('a', tasklet, { timeout: { call: 0 } })],
    ['taskletStep("a").timeout.chunk', () => taskletStep('a', tasklet, { timeout: { chunk: '1s' } as never })],
    ['taskletStep("a").retry.maxAttempts', () => taskletStep('a', tasklet, { retry: { maxAttempts: 0, on: [Error] } })],
    ['taskletStep("a").transaction', () => taskletStep('a', tasklet, { transaction: {} as never })],
    ['taskletStep("a").outside', () => taskletStep('a', tasklet, { outside: 'yes' as never })],
    ['taskletStep("a").transactional', () => taskletStep('a', tasklet, { outside: true, transactional: true })],
    [
      'taskletStep("a").transaction',
      () => taskletStep('a', tasklet, { outside: true, transaction: new MemoryJobRepository().transactionManager }),
    ],
    ['taskletStep("a").skip', () => taskletStep('a', tasklet, { skip: { limit: 1 } } as never)],
    ['taskletStep("a").startLimit', () => taskletStep('a', tasklet, { startLimit: 0 })],
    ['taskletStep("a").strikt', () => taskletStep('a', tasklet, { promote: { keys: ['k'], strikt: true } as never })],
  ])('%s is refused at once where it cannot work', (option, make) => {
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(option)
  })
})

it('a tasklet that never waits lets everything else have its turn', async () => {
  let turns = 0
  let over = false
  const beat = (): void => void setImmediate(() => (over ? undefined : (turns++, beat())))
  beat()
  const began = performance.now()
  await runStep(taskletStep('busy', () => (performance.now() < began + 100 ? 'CONTINUABLE' : 'FINISHED')))
  over = true
  expect(turns).toBeGreaterThan(1)
})
