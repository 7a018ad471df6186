import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { ExecutionContext } from '../../../src/domain/execution-context.js'
import { ExitStatus } from '../../../src/domain/exit-status.js'
import { PostgresJobRepository } from '../../../src/repository/postgres/postgres-job-repository.js'
import { StoredNumberError } from '../../../src/repository/repository-errors.js'
import { ContractBench } from '../../../src/testing/contract-bench.js'
import { freshDatabase, type TestDatabase } from '../../support/databases.js'

let database: TestDatabase
let pool: pg.Pool
let repository: PostgresJobRepository

beforeAll(async () => {
  database = await freshDatabase()
  pool = database.pool()
  repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
})

async function withBench(test: (bench: ContractBench) => Promise<void>): Promise<void> {
  const bench = new ContractBench(repository)
  try {
    await test(bench)
  } finally {
    await bench.dispose()
  }
}

describe('rows on PostgreSQL', () => {
  test('parameters are stored as Spring Batch stores them', () =>
    withBench(async (bench) => {
      const parameters = new Map([
        ['at', { type: 'date', value: new Date('2024-01-01T00:00:00Z'), identifying: true } as const],
        ['ratio', { type: 'double', value: 1, identifying: false } as const],
      ])
      const { execution } = await bench.start(await bench.owner(), { parameters })
      const { rows } = await pool.query(
        `select parameter_name, parameter_type, parameter_value, identifying from batch_job_execution_params
          where job_execution_id = $1 order by 1`,
        [execution.id],
      )
      expect(rows.map((row) => Object.values(row as object))).toEqual([
        ['at', 'java.util.Date', '2024-01-01T00:00:00Z', 'Y'],
        ['ratio', 'java.lang.Double', '1.0', 'N'],
      ])
    }))

  test('a long context keeps its first 2,492 characters in SHORT_CONTEXT and the whole beside it', () =>
    withBench(async (bench) => {
      const { lease } = await bench.start(await bench.owner())
      const around = '{"t":""}'.length
      for (const [length, isLong] of [
        [2500, false],
        [2501, true],
      ] as const) {
        const step = await bench.step(lease, { t: 'x'.repeat(length - around) })
        const { rows } = await pool.query(
          `select length(short_context) as length, right(short_context, 5) as tail,
              length(serialized_context) as whole
            from batch_step_execution_context where step_execution_id = $1`,
          [step.id],
        )
        const whole = isLong ? { length: 2496, tail: 'x ...', whole: 2501 } : { length: 2500, whole: null }
        expect(rows[0]).toMatchObject(whole)
        expect((await bench.storedStep(step.id)).executionContext.toObject()).toEqual(step.executionContext.toObject())
      }
    }))

  test('a long context becomes short again with the next checkpoint', () =>
    withBench(async (bench) => {
      const { lease } = await bench.start(await bench.owner())
      const step = await bench.step(lease, { t: 'x'.repeat(5000) })
      await bench.checkpoint({ ...step, executionContext: new ExecutionContext({ t: 1 }) }, lease)
      expect((await bench.storedStep(step.id)).executionContext.toObject()).toEqual({ t: 1 })
    }))

  test('a context that is cut in the middle of an emoji is stored', () =>
    withBench(async (bench) => {
      const { lease } = await bench.start(await bench.owner())
      for (const text of ['😀'.repeat(2000), `x${'😀'.repeat(2000)}`]) {
        const step = await bench.step(lease, { t: text })
        const { rows } = await pool.query(
          'select short_context from batch_step_execution_context where step_execution_id = $1',
          [step.id],
        )
        expect((rows[0] as { short_context: string }).short_context).toMatch(/😀 \.\.\.$/u)
        expect((await bench.storedStep(step.id)).executionContext.get('t')).toBe(text)
      }
    }))

  test('a message is cut to 2,500 characters of the database, and never in the middle of one', () =>
    withBench(async (bench) => {
      const started = await bench.start(await bench.owner())
      const step = await bench.step(started.lease)
      const exitStatus = new ExitStatus('F'.repeat(2600), '😀'.repeat(2600))
      await repository.updateStepExecution({ ...step, status: 'FAILED', exitStatus }, started.lease)
      const finished = await bench.finish(started, { status: 'FAILED', exitStatus })
      expect(finished.exitStatus.exitCode).toBe('F'.repeat(2500))
      expect(finished.exitStatus.exitDescription).toBe('😀'.repeat(2500))
      expect(finished.stepExecutions[0]?.exitStatus.exitDescription).toBe('😀'.repeat(2500))
    }))

  test('what PostgreSQL cannot store in a message is replaced', () =>
    withBench(async (bench) => {
      const started = await bench.start(await bench.owner())
      const exitStatus = new ExitStatus('FAILED', 'a\0b\uD800c')
      const finished = await bench.finish(started, { status: 'FAILED', exitStatus })
      expect(finished.exitStatus.exitDescription).toBe('a\uFFFDb\uFFFDc')
    }))

  test("times are UTC whatever the session's zone and date style are", async () => {
    const elsewhere = database.pool({ options: '-c timezone=Asia/Tokyo -c datestyle=SQL,DMY' })
    const tokyo = new PostgresJobRepository({ pool: elsewhere })
    const bench = new ContractBench(tokyo)
    const { execution } = await bench.start(await bench.owner())
    const { rows } = await pool.query(
      `select abs(extract(epoch from create_time - (now() at time zone 'UTC'))) < 600 as stored
        from batch_job_execution where job_execution_id = $1`,
      [execution.id],
    )
    expect(rows).toEqual([{ stored: true }])
    expect((await repository.getJobExecution(execution.id))?.createTime).toEqual(execution.createTime)
    const lease = await bench.lease(execution.jobInstance.id)
    expect(lease.expired).toBe(false)
    expect(await repository.findLease(execution.jobInstance.id)).toEqual(lease)
    await bench.dispose()
  })

  test('an id beyond 2^53 - 1 is a typed error', async () => {
    await pool.query(`
      insert into BATCH_JOB_INSTANCE values (9007199254740993, 0, 'big', 'd41d8cd98f00b204e9800998ecf8427e')`)
    await expect(repository.listJobInstances('big')).rejects.toThrow(StoredNumberError)
  })

  test('empty columns of another program are read as what they mean', async () => {
    await pool.query(`
      insert into BATCH_JOB_INSTANCE values (1000001, null, 'bare', 'd41d8cd98f00b204e9800998ecf8427e');
      insert into BATCH_JOB_EXECUTION (JOB_EXECUTION_ID, JOB_INSTANCE_ID, CREATE_TIME) values (1000001, 1000001, now());
      insert into BATCH_STEP_EXECUTION (STEP_EXECUTION_ID, VERSION, STEP_NAME, JOB_EXECUTION_ID, CREATE_TIME)
        values (1000001, 0, 's', 1000001, now())`)
    const execution = await repository.getJobExecution(1000001)
    expect(execution).toMatchObject({ status: 'UNKNOWN', version: 0, exitStatus: ExitStatus.UNKNOWN })
    expect(execution?.stepExecutions[0]).toMatchObject({ status: 'UNKNOWN', counts: { read: 0 } })
  })
})
