import {
  currentTransaction,
  type OutsideTaskletContext,
  type Step,
  type TaskletContext,
  taskletStep,
  TransactionEndedError,
} from 'chunkwise'
import { PostgresJobRepository, PostgresTransactionManager } from 'chunkwise/postgres'
import { runStep } from 'chunkwise/testing'
import type pg from 'pg'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitGate, cutter } from '../../support/commit-gate.js'
import type { TestDatabase } from '../../support/databases.js'
import { Deferred } from '../deferred.js'
import { taskletDatabase, valuesIn } from './places.js'

let database: TestDatabase
let pool: pg.Pool
let cut: (pid: number) => void
let repository: PostgresJobRepository

beforeAll(async () => {
  database = await taskletDatabase()
  pool = database.pool({ max: 6 })
  cut = cutter(pool)
  repository = new PostgresJobRepository({ pool })
})

beforeEach(async () => {
  await pool.query('truncate target')
})

const run = <P>(step: Step<P>) => runStep(step, { repository })
const clientOf = ({ transaction }: TaskletContext): pg.PoolClient => transaction.client as pg.PoolClient
const insert = (context: TaskletContext, value: number) =>
  clientOf(context).query('insert into target (value) values ($1)', [value])

/** The counts and the context of a step as they are stored. */
async function storedRow(id: number) {
  const stored = await repository.getStepExecution(id)
  return { commit: stored?.counts.commit, rollback: stored?.counts.rollback, put: stored?.executionContext.get('put') }
}

describe('the transaction of a call', () => {
  it('is the current one of the pool, for code that is not handed the context', async () => {
    const writeSomewhere = () => {
      const client = currentTransaction(pool)?.client as pg.PoolClient
      return client.query('insert into target (value) values (1)')
    }
    const failing = taskletStep('current', async () => {
      await writeSomewhere()
      throw new Error('no')
    })
    expect((await run(failing)).status).toBe('FAILED')
    expect(await valuesIn(pool)).toEqual([])
    const inside = taskletStep('current', async () => void (await writeSomewhere()), { transactional: true })
    expect((await run(inside)).guarantee).toBe('exactly-once')
    expect(await valuesIn(pool)).toEqual([1])
    expect(currentTransaction(pool)).toBeUndefined()
  })

  it('is not there for a tasklet outside: it holds no connection while it works', async () => {
    const own = database.pool({ max: 2 })
    const tasklet = async ({ executionContext }: OutsideTaskletContext) => {
      expect(currentTransaction(own)).toBeUndefined()
      // The other one is the heartbeat's.
      expect([own.totalCount - own.idleCount, own.waitingCount]).toEqual([1, 0])
      const { rows } = await own.query<{ open: number }>(
        "select count(*)::int as open from pg_stat_activity where datname = current_database() and state like 'idle in%'",
      )
      executionContext.put('put', rows[0]?.open)
    }
    const execution = await runStep(taskletStep('outside', tasklet, { outside: true }), {
      repository: new PostgresJobRepository({ pool: own }),
    })
    expect(await storedRow(execution.id)).toEqual({ commit: 1, rollback: 0, put: 0 })
  })

  it('is of the manager that `transaction` gives, and then its checkpoint follows it', async () => {
    const own = database.pool({ max: 1 })
    const transaction = new PostgresTransactionManager({ pool: own })
    const step = taskletStep(
      'apart',
      async (context) => {
        await insert(context, 1)
        expect(currentTransaction(own)).toBe(context.transaction)
        context.executionContext.put('put', 1)
      },
      { transaction, transactional: true },
    )
    const execution = await run(step)
    expect(execution).toMatchObject({ status: 'COMPLETED', guarantee: 'at-least-once' })
    expect(await storedRow(execution.id)).toEqual({ commit: 1, rollback: 0, put: 1 })
    expect(await valuesIn(pool)).toEqual([1])
  })

  it('cannot commit when the tasklet has swallowed an SQL error: the first one is named', async () => {
    const step = taskletStep('swallow', async (context) => {
      await insert(context, -1).catch(() => undefined)
      await insert(context, 2).catch(() => undefined)
    })
    const execution = await run(step)
    expect(execution).toMatchObject({ status: 'FAILED', counts: { commit: 0, rollback: 1 } })
    expect(execution.failures).toMatchObject([{ code: 'BATCH_SWALLOWED_SQL_ERROR', cause: { code: '23514' } }])
  })

  it('does not pass when the lease was taken over meanwhile', async () => {
    const failures: unknown[] = []
    const step = taskletStep(
      'fenced',
      async (context) => {
        await insert(context, 1)
        const lease = await repository.findLease(context.stepExecution.jobInstanceId)
        expect(lease !== undefined && (await repository.takeOver(lease, 'successor'))).toBe(true)
      },
      { listeners: [{ afterStep: (execution) => void failures.push(...execution.failures) }] },
    )
    await run(step).catch(() => undefined)
    expect(failures).toMatchObject([{ code: 'BATCH_OWNERSHIP_LOST' }])
    expect(await valuesIn(pool)).toEqual([])
  })
})

describe('a transient error of the database', () => {
  it('that is a deadlock between two steps lets both complete', async () => {
    const met = [new Deferred(), new Deferred()]
    await pool.query('create table if not exists account (id int primary key, amount int)')
    await pool.query('insert into account values (1, 0), (2, 0)')
    const transfer = (order: readonly [number, number], mine: 0 | 1) =>
      taskletStep(`transfer ${mine}`, async (context) => {
        const add = (id: number) =>
          clientOf(context).query('update account set amount = amount + 1 where id = $1', [id])
        await add(order[0])
        met[mine]?.resolve()
        await met[1 - mine]?.promise
        await add(order[1])
      })
    const executions = await Promise.all([run(transfer([1, 2], 0)), run(transfer([2, 1], 1))])
    expect(executions.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED'])
    expect(executions.reduce((sum, { counts }) => sum + counts.rollback, 0)).toBeGreaterThan(0)
    expect((await pool.query('select amount from account')).rows).toEqual([{ amount: 2 }, { amount: 2 }])
  })

  it('that is a lost connection makes the call again, with what was put before it', async () => {
    let calls = 0
    const step = taskletStep(
      'lost',
      async (context) => {
        const { executionContext } = context
        executionContext.put('put', (executionContext.get<number>('put') ?? 0) + 1)
        await insert(context, ++calls)
        if (calls !== 2) return calls < 3 ? 'CONTINUABLE' : 'FINISHED'
        const { rows } = await clientOf(context).query<{ pid: number }>('select pg_backend_pid() as pid')
        await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
        await insert(context, 99)
        return 'CONTINUABLE'
      },
      { transactional: true },
    )
    const execution = await run(step)
    expect(execution).toMatchObject({ status: 'COMPLETED', counts: { commit: 2, rollback: 1 } })
    expect(await valuesIn(pool)).toEqual([1, 3])
    expect(await storedRow(execution.id)).toEqual({ commit: 2, rollback: 1, put: 2 })
  })

  it('is tried again five times at most', async () => {
    let calls = 0
    const step = taskletStep('hopeless', async (context) => {
      calls++
      await clientOf(context).query("do $$ begin raise exception 'again' using errcode = '40001'; end $$")
    })
    const execution = await run(step)
    expect(execution).toMatchObject({ status: 'FAILED', failures: [{ code: '40001' }], counts: { rollback: 5 } })
    expect(calls).toBe(5)
  })
})

describe('a connection that is lost at COMMIT', () => {
  const kinds: [string, (pid: number) => unknown, object][] = [
    ['is found to be done when the server does it', (pid) => cut(pid), { commit: 2, rollback: 0 }],
    [
      'is found not to be done when it never was, and the call is made again',
      (pid) => pool.query('select pg_terminate_backend($1)', [pid]),
      { commit: 2, rollback: 1 },
    ],
  ]
  it.each(kinds)('%s', async (what, lose, counts) => {
    const gate = await commitGate(pool, 'target')
    const keys: string[] = []
    const step = taskletStep(
      what.slice(0, 80),
      async (context) => {
        keys.push(context.key)
        const next = (context.executionContext.get<number>('put') ?? 0) + 1
        context.executionContext.put('put', next)
        await insert(context, next)
        return next < 2 ? 'CONTINUABLE' : 'FINISHED'
      },
      { transactional: true },
    )
    const running = run(step)
    await lose(await gate.waiting())
    await gate.open()
    const execution = await running
    await pool.query('drop trigger gate on target')
    expect(execution).toMatchObject({ status: 'COMPLETED', counts })
    expect(await valuesIn(pool)).toEqual([1, 2])
    expect(await storedRow(execution.id)).toEqual({ ...counts, put: 2 })
    expect(new Set(keys).size).toBe(2)
  })
})

describe('a call that takes too long', () => {
  it('ends at its timeout, rolled back; the signal is aborted, and a late continuation cannot write', async () => {
    const outcomes: unknown[] = []
    const resumed = new Deferred()
    let late: Promise<void> = Promise.resolve()
    let reason: unknown
    const step = taskletStep(
      'late',
      (context) => {
        const client = clientOf(context)
        const work = async () => {
          await insert(context, 1)
          context.signal.addEventListener('abort', () => (reason = context.signal.reason))
          await resumed.promise
          outcomes.push(await client.query('insert into target (value) values (2)').catch((error: unknown) => error))
          outcomes.push(await insert(context, 3).catch((error: unknown) => error))
          context.executionContext.put('put', 1)
        }
        return (late = work().catch((error: unknown) => void outcomes.push(error)))
      },
      { timeout: { call: '200ms' }, transactional: true },
    )
    const execution = await run(step)
    expect(execution).toMatchObject({
      status: 'FAILED',
      failures: [{ code: 'BATCH_TIMEOUT', what: 'call', subject: 'late' }],
      counts: { commit: 0, rollback: 1 },
    })
    expect(reason).toBe(execution.failures[0])
    resumed.resolve()
    await late
    expect(outcomes).toEqual([expect.any(Error), expect.any(TransactionEndedError)])
    expect(await valuesIn(pool)).toEqual([])
    expect(await storedRow(execution.id)).toEqual({ commit: 0, rollback: 1, put: undefined })
  })

  it.each(['inside', 'outside'])('ends with its step’s timeout, also %s of the transaction', async (where) => {
    const hang = () => new Promise<never>(() => undefined)
    const timeout = { step: '200ms' } as const
    const step =
      where === 'inside'
        ? taskletStep(`hangs ${where}`, hang, { timeout })
        : taskletStep(`hangs ${where}`, hang, { timeout, outside: true, retry: { maxAttempts: 3, on: [Error] } })
    expect(await run(step)).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_TIMEOUT', what: 'step' }] })
    expect(pool.waitingCount).toBe(0)
  })
})

describe('the connections of a tasklet step', () => {
  it.each<[string, (own: pg.Pool) => Step<unknown>, number]>([
    ['its own two inside', (own) => taskletStep('two', holding(own, 2)), 4],
    [
      'its own two outside, which are not held beside the transaction',
      (own) => taskletStep('one', { ...holding(own, 2), outside: true }),
      3,
    ],
    ['another pool of its own', () => taskletStep('other', { ...holding(database.pool({ max: 1 }), 1) }), 2],
  ])('are added up: %s', async (_what, make, needed) => {
    const small = database.pool({ max: needed - 1 })
    if (needed > 2) {
      const { failures } = await runStep(make(small), { repository: new PostgresJobRepository({ pool: small }) })
      expect(failures).toMatchObject([{ code: 'BATCH_POOL_TOO_SMALL', needed, size: needed - 1 }])
      expect(String(failures[0])).toContain('tasklet: 2')
    }
    const enough = database.pool({ max: needed })
    const execution = await runStep(make(enough), { repository: new PostgresJobRepository({ pool: enough }) })
    expect(execution.status).toBe('COMPLETED')
  })
})

/** Takes so many connections of the pool at once. */
const holding = (own: pg.Pool, held: number) => ({
  connections: { pool: own, held, size: own.options.max },
  async execute() {
    const clients = await Promise.all(Array.from({ length: held }, () => own.connect()))
    for (const client of clients) client.release()
  },
})
