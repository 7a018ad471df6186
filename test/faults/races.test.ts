import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtPackage } from '../restart/built-package.js'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { migratedDatabase, type TestDatabase } from '../support/databases.js'
import { Racer, type RacerAnswer } from './racers.js'

const RACERS = 8
const ROUNDS = 50
const INSTANCES = 400
const NEXT_RUNS = 20

let database: TestDatabase
let racers: readonly Racer[] = []

beforeAll(async () => {
  await builtPackage()
  database = await migratedDatabase((pool) => new PostgresJobRepository({ pool }).initializeSchema(), 'races')
  racers = Array.from({ length: RACERS }, () => new Racer(database.url))
  await Promise.all(racers.map((racer) => racer.ready()))
}, 120_000)

afterAll(async () => {
  await Promise.all(racers.map((racer) => racer.close()))
})

test('of eight processes that start, and restart, one instance at the same moment, one wins, fifty times', async () => {
  for (let race = 1; race <= ROUNDS; race++) {
    const started = await all('start', { race })
    expect(await winner(started).tell('end', { how: 'fail' })).toEqual({ value: 'FAILED' })
    const restarted = await all('start', { race })
    expect(await winner(restarted).tell('end', { how: 'complete' })).toEqual({ value: 'COMPLETED' })
    const late = await all('start', { race })
    expect(new Set(late.map(({ error }) => error))).toEqual(new Set(['BATCH_JOB_INSTANCE_ALREADY_COMPLETE']))
  }
  const pool = database.pool({ max: 1 })
  const { rows } = await pool.query(
    `select status, count(*)::int as executions, count(distinct job_instance_id)::int as instances
     from batch_job_execution where end_time is not null group by status order by status`,
  )
  expect(rows).toEqual([
    { status: 'COMPLETED', executions: ROUNDS, instances: ROUNDS },
    { status: 'FAILED', executions: ROUNDS, instances: ROUNDS },
  ])
  expect((await pool.query('select * from batch_job_lease')).rows).toEqual([])
}, 120_000)

test('of four hundred instances that eight processes start at once, all run', async () => {
  const each = INSTANCES / RACERS
  const answers = await Promise.all(
    racers.map((racer, number) =>
      racer.tell('runAll', { races: Array.from({ length: each }, (_, index) => 1_000 + number * each + index) }),
    ),
  )
  expect(answers).toEqual(racers.map(() => ({ value: Array.from({ length: each }, () => 'COMPLETED') })))
}, 120_000)

test('of eight processes that start the next run at once, each run is the start of one, though all of them fail', async () => {
  const answers = await all('startNext', { times: NEXT_RUNS })
  expect(answers.map(({ error }) => error)).toEqual(racers.map(() => undefined))
  const outcomes = answers.map(({ value }) => value as { started: number[]; refused: string[] })
  const started = outcomes.flatMap((outcome) => outcome.started).sort((a, b) => a - b)
  expect(started).toEqual(started.map((_, index) => index + 1))
  const refused = outcomes.flatMap((outcome) => outcome.refused)
  expect(started.length + refused.length).toBe(RACERS * NEXT_RUNS)
  expect(['BATCH_JOB_ALREADY_RUNNING', 'BATCH_JOB_NOT_RESTARTABLE']).toEqual(
    expect.arrayContaining([...new Set(refused)]),
  )
  const { rows } = await database.pool({ max: 1 }).query(
    `select count(*)::int as executions, count(distinct job_instance_id)::int as instances
     from batch_job_execution join batch_job_instance using (job_instance_id) where job_name = 'counted'`,
  )
  expect(rows).toEqual([{ executions: started.length, instances: started.length }])
}, 120_000)

function all(command: string, parameters: object): Promise<readonly RacerAnswer[]> {
  return Promise.all(racers.map((racer) => racer.tell(command, parameters)))
}

/** The one that has started; the others were all refused with the typed error. */
function winner(answers: readonly RacerAnswer[]): Racer {
  const errors = answers.map(({ error }) => error)
  const expected = answers.map(({ value }) => (value === 'started' ? undefined : 'BATCH_JOB_ALREADY_RUNNING'))
  expect(errors).toEqual(expected)
  expect(errors.filter((error) => error === undefined)).toHaveLength(1)
  return racers[errors.indexOf(undefined)] as Racer
}
