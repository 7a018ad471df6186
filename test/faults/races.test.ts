import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from '../restart/built-package.js'
import { type AnyPool, ask } from '../support/sql-databases.js'
import { DATABASES } from '../restart/everywhere.js'
import { long } from './long-form.js'
import { Racer, type RacerAnswer } from './racers.js'

const RACERS = 8
const ROUNDS = long ? 50 : 25
const INSTANCES = long ? 400 : 200
const NEXT_RUNS = long ? 20 : 10

beforeAll(builtPackage, 120_000)

describe.each(DATABASES)('on $on', ({ copyDatabase }) => {
  let pool: AnyPool
  let racers: readonly Racer[] = []

  beforeAll(async () => {
    const database = await copyDatabase()
    pool = database.pool()
    racers = Array.from({ length: RACERS }, () => new Racer(database.url))
    await Promise.all(racers.map((racer) => racer.ready()))
    return () => Promise.all(racers.map((racer) => racer.close()))
  }, 120_000)

  test('of eight processes that start, and restart, one instance at the same moment, one wins, time after time', async () => {
    for (let race = 1; race <= ROUNDS; race++) {
      const started = await all(racers, 'start', { race })
      expect(await winner(racers, started).tell('end', { how: 'fail' })).toEqual({ value: 'FAILED' })
      const restarted = await all(racers, 'start', { race })
      expect(await winner(racers, restarted).tell('end', { how: 'complete' })).toEqual({ value: 'COMPLETED' })
      const late = await all(racers, 'start', { race })
      expect(new Set(late.map(({ error }) => error))).toEqual(new Set(['BATCH_JOB_INSTANCE_ALREADY_COMPLETE']))
    }
    const ended = await ask(
      pool,
      `select STATUS as status, count(*) as executions, count(distinct JOB_INSTANCE_ID) as instances
     from BATCH_JOB_EXECUTION where END_TIME is not null group by STATUS order by STATUS`,
    )
    expect(ended.map(({ status, executions, instances }) => [status, Number(executions), Number(instances)])).toEqual([
      ['COMPLETED', ROUNDS, ROUNDS],
      ['FAILED', ROUNDS, ROUNDS],
    ])
    expect(await ask(pool, 'select * from BATCH_JOB_LEASE')).toEqual([])
  }, 120_000)

  test('of hundreds of instances that eight processes start at once, all run', async () => {
    const each = INSTANCES / RACERS
    const answers = await Promise.all(
      racers.map((racer, number) =>
        racer.tell('runAll', { races: Array.from({ length: each }, (_, index) => 1_000 + number * each + index) }),
      ),
    )
    expect(answers).toEqual(racers.map(() => ({ value: Array.from({ length: each }, () => 'COMPLETED') })))
  }, 120_000)

  test('of eight processes that start the next run at once, each run is the start of one, though all of them fail', async () => {
    const answers = await all(racers, 'startNext', { times: NEXT_RUNS })
    expect(answers.map(({ error }) => error)).toEqual(racers.map(() => undefined))
    const outcomes = answers.map(({ value }) => value as { started: number[]; refused: string[] })
    const started = outcomes.flatMap((outcome) => outcome.started).sort((a, b) => a - b)
    expect(started).toEqual(started.map((_, index) => index + 1))
    const refused = outcomes.flatMap((outcome) => outcome.refused)
    expect(started.length + refused.length).toBe(RACERS * NEXT_RUNS)
    expect(['BATCH_JOB_ALREADY_RUNNING', 'BATCH_JOB_NOT_RESTARTABLE']).toEqual(
      expect.arrayContaining([...new Set(refused)]),
    )
    const [counted] = await ask(
      pool,
      `select count(*) as executions, count(distinct JOB_INSTANCE_ID) as instances
     from BATCH_JOB_EXECUTION join BATCH_JOB_INSTANCE using (JOB_INSTANCE_ID) where JOB_NAME = 'counted'`,
    )
    expect([Number(counted?.['executions']), Number(counted?.['instances'])]).toEqual([started.length, started.length])
  }, 120_000)
})

function all(racers: readonly Racer[], command: string, parameters: object): Promise<readonly RacerAnswer[]> {
  return Promise.all(racers.map((racer) => racer.tell(command, parameters)))
}

/** The one that has started; the others were all refused with the typed error. */
function winner(racers: readonly Racer[], answers: readonly RacerAnswer[]): Racer {
  const errors = answers.map(({ error }) => error)
  const expected = answers.map(({ value }) => (value === 'started' ? undefined : 'BATCH_JOB_ALREADY_RUNNING'))
  expect(errors).toEqual(expected)
  expect(errors.filter((error) => error === undefined)).toHaveLength(1)
  return racers[errors.indexOf(undefined)] as Racer
}
