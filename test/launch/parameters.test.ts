import {
  chunkStep,
  InvalidParametersError,
  job,
  JobOperator,
  type JobExecution,
  type JobRepository,
  type Logger,
  MemoryJobRepository,
  parseParameters,
  parseParameterText,
  type StepContext,
} from 'chunkwise'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { ask, isMysql, repositoryOn, SQL_DATABASES, type SqlTestDatabase } from '../support/sql-databases.js'

const SECRET = 'hunter2'
const databases = new Map<string, SqlTestDatabase>()
let counter = 0

beforeAll(async () => {
  for (const { on, make } of SQL_DATABASES) databases.set(on, await make())
})
afterEach(() => vi.unstubAllEnvs())

/** A job with a secret whose step sees its parameters, and fails as long as it is told to. */
function secretive() {
  const state = { seen: [] as unknown[], fail: false }
  const step = chunkStep('look', {
    chunkSize: 1,
    reader: ({ parameters }: StepContext<{ token: string; note: string }>) => [{ ...parameters }],
    writer: (items) => {
      state.seen.push(...items)
      if (state.fail) throw new Error('told to')
    },
  })
  const made = job(`secretive ${++counter}`, {
    parameters: {
      day: 'localDate',
      region: { type: 'string', oneOf: ['EU', 'US'], env: 'CW_REGION', default: 'EU' },
      token: { type: 'string', secret: true, env: 'CW_TOKEN' },
      note: { type: 'string', identifying: false, default: 'first' },
    },
    validate: ({ day, token }) => token !== day || `the token ${token} is the day`,
  })
    .start(step)
    .build()
  return Object.assign(state, { job: made })
}

/** A logger that keeps what it is told, as text. */
function listening(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = []
  const log = (...told: unknown[]): void => void lines.push(JSON.stringify(told))
  return { logger: { debug: log, info: log, warn: log, error: log }, lines }
}

/** All rows of the repository's tables, as text. */
async function everythingStored(database: SqlTestDatabase): Promise<string> {
  const pool = database.pool()
  const schema = isMysql(pool) ? 'database()' : "'public'"
  const tables = await ask(
    pool,
    `select table_name as name from information_schema.tables where table_schema = ${schema} and table_type = 'BASE TABLE'`,
  )
  expect(tables.length).toBeGreaterThan(9)
  const found = await Promise.all(tables.map(({ name }) => ask(pool, `select * from ${String(name)}`)))
  await pool.end()
  return JSON.stringify(found.flat())
}

const repositories: [string, () => JobRepository][] = [
  ['memory', () => new MemoryJobRepository()],
  ...SQL_DATABASES.map(({ on }): [string, () => JobRepository] => [
    on,
    () => repositoryOn((databases.get(on) as SqlTestDatabase).pool()),
  ]),
]

describe.each(repositories)('on %s', (kind, create) => {
  const open = (work: { job: ReturnType<typeof secretive>['job'] }) => {
    const { logger, lines } = listening()
    const repository = create()
    return { repository, lines, operator: new JobOperator({ repository, logger, jobs: [work.job] }) }
  }
  const day = '2024-02-29'

  it('a secret is seen by the code of the job, and by nobody else', async () => {
    const work = secretive()
    const { repository, lines, operator } = open(work)
    const execution = await operator.run(work.job, { day, token: SECRET })
    expect(work.seen).toEqual([{ day, region: 'EU', token: SECRET, note: 'first' }])
    const stored = await repository.getJobExecution(execution.id)
    for (const one of [execution, stored])
      expect([...(one?.parameters.keys() ?? [])]).toEqual(['day', 'note', 'region'])
    expect(lines.join()).not.toContain(SECRET)
    const database = databases.get(kind)
    if (database !== undefined) expect(await everythingStored(database)).not.toContain(SECRET)
    await expect(operator.start(work.job, { day, token: 'other' })).rejects.toMatchObject({
      code: 'BATCH_JOB_INSTANCE_ALREADY_COMPLETE',
    })
    await operator.close()
  })

  it('a restart takes a secret from the environment, or is given it, or says so', async () => {
    const work = secretive()
    const { operator } = open(work)
    work.fail = true
    const first = await operator.run(work.job, { day, token: SECRET })
    const error = await operator.restart(first).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InvalidParametersError)
    expect((error as Error).message).toContain(
      'set the environment variable CW_TOKEN, or give it in restart(execution, { parameters: { "token": … } })',
    )
    await (
      await operator.restart(first, { parameters: { token: 'given', note: 'second' } })
    ).result
    vi.stubEnv('CW_TOKEN', 'set')
    const third = await (await operator.restart(first)).result
    work.fail = false
    const last = await operator.run(work.job, { day, token: 'started' })
    expect(last).toMatchObject({ status: 'COMPLETED', jobInstance: first.jobInstance })
    expect(third.jobInstance).toEqual(first.jobInstance)
    expect(work.seen.map((seen) => (seen as { token: string; note: string }).token)).toEqual([
      SECRET,
      'given',
      'set',
      'started',
    ])
    expect(await operator.executions(first.jobInstance)).toHaveLength(4)
    await operator.close()
  })

  it('a restart replaces what does not tell instances apart, and refuses what does', async () => {
    const work = secretive()
    const { operator } = open(work)
    work.fail = true
    vi.stubEnv('CW_TOKEN', SECRET)
    const first = await operator.run(work.job, { day })
    vi.stubEnv('CW_REGION', 'US')
    const again = await (await operator.restart(first, { parameters: { day, note: 'second' } })).result
    expect(again.jobInstance).toEqual(first.jobInstance)
    expect(again.parameters.get('note')?.value).toBe('second')
    expect(again.parameters.get('region')?.value).toBe('EU')
    const refused = operator.restart(first, { parameters: { day: '2024-03-01', region: 'US' } })
    await expect(refused).rejects.toThrow(
      `"day" is "2024-03-01", but must be left out: it tells instances apart, and execution ${first.id} was started with "2024-02-29"; ` +
        `"region" is "US", but must be left out: it tells instances apart, and execution ${first.id} was started with "EU"`,
    )
    await expect(operator.restart(first, { parameters: [] as never })).rejects.toThrow('must be a plain object')
    await expect(operator.restart(first, { parameters: { token: SECRET, tokn: 'x' } })).rejects.toThrow('"token"?')
    await expect(operator.restart(first, { parameter: {} } as never)).rejects.toThrow('"parameters"')
    expect(await operator.executions(first.jobInstance)).toHaveLength(2)
    await operator.close()
  })

  it('a restart of a job whose declaration has changed is not one of another instance', async () => {
    const work = secretive()
    const { repository, operator } = open(work)
    work.fail = true
    const first = await operator.run(work.job, { day, token: SECRET })
    const changed = { ...work.job, parameters: { ...work.job.parameters, note: 'string' } } as never
    const other = new JobOperator({ repository, jobs: [changed] })
    await expect(other.restart(first, { parameters: { token: SECRET } })).rejects.toThrow(
      `"note" is "first", but must be left out: it tells instances apart, and execution ${first.id} was started with "first", not identifying`,
    )
    const { note: _note, ...parameters } = work.job.parameters
    const less = new JobOperator({ repository, jobs: [{ ...work.job, parameters } as never] })
    work.fail = false
    const { result } = await less.restart(first, { parameters: { token: SECRET } })
    expect(await result).toMatchObject({ status: 'COMPLETED', jobInstance: first.jobInstance })
    expect(await operator.instances(work.job.name)).toHaveLength(1)
    await Promise.all([operator.close(), other.close(), less.close()])
  })

  it('everything is checked before anything is stored', async () => {
    const work = secretive()
    const { operator } = open(work)
    const wrong = [{ day, token: 5 }, { day, token: SECRET, region: 'AP' }, { day, token: day }, { token: SECRET }]
    for (const given of wrong) {
      const error = await operator.start(work.job.name, given).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(InvalidParametersError)
      expect((error as Error).message).not.toContain(SECRET)
    }
    await expect(operator.start(work.job, { day, token: day })).rejects.toThrow('not valid: the token *** is the day')
    expect(await operator.instances(work.job.name)).toEqual([])
    expect(work.seen).toEqual([])
    await operator.close()
  })

  it('a start takes text, as a command line has it', async () => {
    const work = secretive()
    const { repository, operator } = open(work)
    const texts = ['day=2024-02-29,java.time.LocalDate,true', 'region=US', `token=${SECRET}`, 'note=a,b']
    const execution = await operator.run(work.job, parseParameters(work.job, texts))
    expect(work.seen).toEqual([{ day, region: 'US', token: SECRET, note: 'a,b' }])
    expect(JSON.stringify([...execution.parameters])).not.toContain(SECRET)
    const parameters = parseParameterText(work.job.name, work.job.parameters, texts)
    expect(await repository.findJobInstance(work.job.name, parameters)).toEqual(execution.jobInstance)
    await operator.close()
  })
})

it('the environment is read at the start, not when the job is made', async () => {
  const seen: JobExecution[] = []
  const work = secretive()
  const operator = new JobOperator({ repository: new MemoryJobRepository() })
  await expect(operator.start(work.job, { day: '2024-01-01' })).rejects.toThrow('environment variable CW_TOKEN')
  for (const region of ['EU', 'US']) {
    vi.stubEnv('CW_TOKEN', SECRET)
    vi.stubEnv('CW_REGION', region)
    seen.push(await operator.run(work.job, { day: '2024-01-01' }))
  }
  expect(seen.map(({ parameters }) => parameters.get('region')?.value)).toEqual(['EU', 'US'])
  await operator.close()
})
