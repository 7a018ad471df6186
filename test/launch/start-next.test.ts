import {
  chunkStep,
  job,
  JobOperator,
  type JobRepository,
  MemoryJobRepository,
  NoIncrementerError,
  RunIdIncrementer,
} from 'chunkwise'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Deferred } from '../step/deferred.js'
import { repositoryOn, SQL_DATABASES, type SqlTestDatabase } from '../support/sql-databases.js'

const databases = new Map<string, SqlTestDatabase>()
let counter = 0

beforeAll(async () => {
  for (const { on, make } of SQL_DATABASES) databases.set(on, await make())
})
afterEach(() => vi.unstubAllEnvs())

/** A job that counts its runs, waits at its only item, and fails as long as it is told to. */
function counted() {
  const state = { fail: false, gate: new Deferred(), ran: 0 }
  const step = chunkStep('wait', {
    chunkSize: 1,
    reader: [1],
    processor: (item) => state.gate.promise.then(() => item),
    writer: () => {
      state.ran++
      if (state.fail) throw new Error('told to')
    },
  })
  const made = job(`counted ${++counter}`, {
    parameters: {
      day: { type: 'localDate', default: '2024-01-01' },
      region: { type: 'string', env: 'CW_NEXT_REGION', required: false },
      note: { type: 'string', identifying: false, required: false },
      token: { type: 'string', secret: true, required: false },
    },
    incrementer: new RunIdIncrementer(),
  })
    .start(step)
    .build()
  return Object.assign(state, { job: made })
}

const repositories: [string, () => JobRepository][] = [
  ['memory', () => new MemoryJobRepository()],
  ...SQL_DATABASES.map(({ on }): [string, () => JobRepository] => [
    on,
    () => repositoryOn((databases.get(on) as SqlTestDatabase).pool()),
  ]),
]

describe.each(repositories)('startNext on %s', (_, create) => {
  const open = () => {
    const work = counted()
    work.gate.resolve()
    const repository = create()
    const operator = new JobOperator({ repository, jobs: [work.job] })
    const next = async (
      ...given: Parameters<typeof operator.startNext<typeof work.job.parameters>> extends [unknown, ...infer R]
        ? R
        : never
    ) => {
      const { result } = await operator.startNext(work.job, ...given)
      const execution = await result
      const parameters = Object.fromEntries([...execution.parameters].map(([name, { value }]) => [name, value]))
      return { execution, parameters }
    }
    return { work, repository, operator, next }
  }

  it('makes the first run, then one more than the last, with its parameters', async () => {
    const { operator, next } = open()
    const first = await next({ note: 'a' })
    expect(first.parameters).toEqual({ day: '2024-01-01', note: 'a', 'run.id': 1 })
    expect(first.execution.parameters.get('run.id')).toEqual({ type: 'long', value: 1, identifying: true })
    expect((await next({ day: '2024-02-29' })).parameters).toEqual({ day: '2024-02-29', note: 'a', 'run.id': 2 })
    expect((await next()).parameters).toEqual({ day: '2024-02-29', note: 'a', 'run.id': 3 })
    expect(await operator.instances(first.execution.jobName)).toHaveLength(3)
    await operator.close()
  })

  it('works by name, and with an explicit count, which wins', async () => {
    const { work, operator, next } = open()
    await (
      await operator.startNext(work.job.name, { 'run.id': 41, note: undefined })
    ).result
    expect((await next()).parameters['run.id']).toBe(42)
    await expect(operator.startNext(work.job, { 'run.id': 41 })).rejects.toMatchObject({
      code: 'BATCH_JOB_INSTANCE_ALREADY_COMPLETE',
    })
    await expect(operator.startNext(work.job.name, { nope: 1 })).rejects.toMatchObject({
      code: 'BATCH_INVALID_PARAMETERS',
    })
    await operator.close()
  })

  it('begins a new instance after a run that failed, and after one that was stopped', async () => {
    const { work, operator, next } = open()
    work.fail = true
    const failed = await next()
    expect(failed.execution.status).toBe('FAILED')
    work.fail = false
    const second = await next()
    expect(second.execution).toMatchObject({ status: 'COMPLETED' })
    expect(second.execution.jobInstance.id).not.toBe(failed.execution.jobInstance.id)
    const handle = await operator.startNext(work.job)
    await handle.stop()
    expect((await next()).parameters['run.id']).toBe(4)
    // The failed one is still there, to be restarted.
    expect((await (await operator.restart(failed.execution)).result).status).toBe('COMPLETED')
    await operator.close()
  })

  it('begins a new instance while the last one runs', async () => {
    const { work, operator } = open()
    work.gate = new Deferred()
    const first = await operator.startNext(work.job)
    const second = await operator.startNext(work.job)
    work.gate.resolve()
    expect([(await first.result).status, (await second.result).status]).toEqual(['COMPLETED', 'COMPLETED'])
    expect(second.execution.parameters.get('run.id')?.value).toBe(2)
    await operator.close()
  })

  it('takes what the environment says anew, and secrets never over', async () => {
    const { operator, next } = open()
    vi.stubEnv('CW_NEXT_REGION', 'EU')
    expect((await next({ token: 'hunter2' })).parameters).toMatchObject({ region: 'EU', 'run.id': 1 })
    vi.stubEnv('CW_NEXT_REGION', 'US')
    expect((await next()).parameters).toMatchObject({ region: 'US', 'run.id': 2 })
    vi.unstubAllEnvs()
    expect((await next()).parameters).toEqual({ day: '2024-01-01', region: 'US', 'run.id': 3 })
    expect((await next({ region: 'AP' })).parameters).toMatchObject({ region: 'AP' })
    await operator.close()
  })

  it('leaves out what the job declares no more, and takes the last execution of the latest instance', async () => {
    const { work, repository, operator, next } = open()
    work.fail = true
    const { execution } = await next({ note: 'a' })
    await (
      await operator.restart(execution, { parameters: { note: 'b' } })
    ).result
    const { note: _note, ...parameters } = work.job.parameters
    const seen: unknown[] = []
    const incrementer = {
      next: (last: object | undefined) => {
        seen.push({ ...last })
        return { ...last, 'run.id': 7 }
      },
    }
    const handle = await operator.startNext({ ...work.job, parameters, incrementer } as never)
    expect(seen).toEqual([{ day: '2024-01-01', 'run.id': 1 }])
    expect([...handle.execution.parameters.keys()]).toEqual(['day', 'run.id'])
    await handle.result
    const whole = { ...work.job, incrementer } as never
    await (
      await operator.startNext(whole, { 'run.id': 8, note: 'c' } as never)
    ).result
    await (
      await operator.startNext(whole, { 'run.id': 9 } as never)
    ).result
    expect(seen.at(-1)).toEqual({ day: '2024-01-01', note: 'c', 'run.id': 8 })
    expect(await repository.listJobInstances(work.job.name)).toHaveLength(4)
    await operator.close()
  })

  it('takes a function for an incrementer', async () => {
    const step = chunkStep('a', { chunkSize: 1, reader: [1], writer: () => undefined })
    const byTens = job(`tens ${++counter}`, {
      parameters: { n: 'long' },
      incrementer: (last) => ({ n: (last?.n ?? 0) + 10 }),
    })
      .start(step)
      .build()
    const { operator } = open()
    for (const n of [10, 20]) {
      const { execution, result } = await operator.startNext(byTens)
      expect(execution.parameters.get('n')?.value).toBe(n)
      await result
    }
    await operator.close()
  })

  it('of a job without an incrementer is a typed error that names it', async () => {
    const { operator } = open()
    const plain = job('plain')
      .start(chunkStep('a', { chunkSize: 1, reader: [1], writer: () => undefined }))
      .build()
    const error = await operator.startNext(plain).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(NoIncrementerError)
    expect(error).toMatchObject({ code: 'BATCH_NO_INCREMENTER', jobName: 'plain' })
    await expect(operator.startNext('nope')).rejects.toMatchObject({ code: 'BATCH_UNKNOWN_JOB' })
    await operator.close()
  })

  it('is refused once the operator is closed, without a look at the repository', async () => {
    const { work, repository, operator } = open()
    await operator.close()
    repository.listJobInstances = () => Promise.reject(new Error('the pool has ended'))
    await expect(operator.startNext(work.job)).rejects.toMatchObject({ code: 'BATCH_OPERATOR_CLOSED' })
  })

  it.each(['running', 'completed', 'failed'])(
    'of two at once one wins, also when its run has %s meanwhile',
    async (how) => {
      const { work, repository, operator } = open()
      work.gate = new Deferred()
      work.fail = how === 'failed'
      // The other has looked at the last run, and starts when the first has come as far as `how` says.
      const looked = new Deferred()
      const mayStart = new Deferred()
      const slow = before(repository, 'createJobExecution', () => {
        looked.resolve()
        return mayStart.promise
      })
      const other = new JobOperator({ repository: slow })
      const losing = other.startNext(work.job).catch((thrown: unknown) => thrown)
      await looked.promise
      const winner = await operator.startNext(work.job)
      if (how !== 'running') {
        work.gate.resolve()
        await winner.result
      }
      mayStart.resolve()
      const code = { running: 'ALREADY_RUNNING', completed: 'INSTANCE_ALREADY_COMPLETE', failed: 'NOT_RESTARTABLE' }[
        how
      ]
      expect(await losing).toMatchObject({ code: `BATCH_JOB_${code}` })
      work.gate.resolve()
      await winner.result
      expect(await operator.executions(winner.execution.jobInstance)).toHaveLength(1)
      await Promise.all([operator.close(), other.close()])
    },
  )
})

/** The repository, one method of which first waits. */
function before(repository: JobRepository, method: keyof JobRepository, wait: () => Promise<void>): JobRepository {
  return new Proxy(repository, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      const call = value.bind(target) as (...given: unknown[]) => unknown
      return name === method ? (...given: unknown[]) => wait().then(() => call(...given)) : call
    },
  })
}
