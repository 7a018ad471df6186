import { setTimeout as delay } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { JobOperator, MemoryJobRepository } from 'chunkwise'
import { MysqlJobRepository } from 'chunkwise/mysql'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { ManualClock } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { startMariadb } from '../../scripts/private-mariadb.mjs'
import { startPostgres } from '../../scripts/private-postgres.mjs'
import { settle } from '../step/deferred.js'
import { gated } from './plain-steps.js'

describe('the end of an execution that cannot be stored', () => {
  function setUp() {
    const clock = new ManualClock()
    const repository = new MemoryJobRepository({ clock })
    const finish = repository.finishJobExecution.bind(repository)
    const state = { tries: 0, broken: true }
    repository.finishJobExecution = (execution, lease) => {
      state.tries++
      return state.broken ? Promise.reject(new Error('no connection')) : finish(execution, lease)
    }
    return { clock, repository, state, operator: new JobOperator({ repository, clock }) }
  }

  it('is stored as soon as it can be, while the operator lives: the instance is free then', async () => {
    const { clock, repository, state, operator } = setUp()
    const work = gated()
    work.gate.resolve()
    const execution = await operator.run(work.job)
    expect(execution).toMatchObject({ status: 'UNKNOWN', failures: [new Error('no connection')] })
    expect(state.tries).toBe(1)
    // After 1, 2, 4, 8 seconds, and then every 10.
    await clock.advance('35s')
    expect(state.tries).toBe(7)
    await expect(operator.start(work.job)).rejects.toMatchObject({ code: 'BATCH_JOB_ALREADY_RUNNING' })
    state.broken = false
    await clock.advance('10s')
    expect(await repository.getJobExecution(execution.id)).toMatchObject({ status: 'COMPLETED' })
    expect(await repository.findLease(execution.jobInstance.id)).toBeUndefined()
    await clock.advance('1m')
    expect(state.tries).toBe(8)
    await operator.close()
    expect(clock.timers).toBe(0)
  })

  it('is not stored any more when the execution was taken over', async () => {
    const { clock, repository, state, operator } = setUp()
    const work = gated()
    work.gate.resolve()
    const execution = await operator.run(work.job)
    state.broken = false
    const seen = await repository.findLease(execution.jobInstance.id)
    if (seen !== undefined) await repository.takeOver(seen, 'somebody')
    await clock.advance('1m')
    expect(state.tries).toBe(2)
    expect((await repository.getJobExecution(execution.id))?.exitStatus.exitDescription).toBe('owner lost')
    await operator.close()
  })

  it('is left to a takeover, which need not wait, when the operator is closed', async () => {
    const { clock, repository, state, operator } = setUp()
    const work = gated()
    work.gate.resolve()
    await operator.run(work.job)
    await operator.close()
    await clock.advance('1m')
    expect(state.tries).toBe(1)
    state.broken = false
    const other = new JobOperator({ repository, clock })
    expect((await other.run(work.job)).status).toBe('COMPLETED')
    await other.close()
  })
})

/** A pool that ends, and the repository on it. */
function onPostgres(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 2_000 })
  pool.on('error', () => undefined)
  return { repository: new PostgresJobRepository({ pool }), end: () => pool.end() }
}

function onMysql(uri: string) {
  const pool = mysql.createPool({ uri, connectionLimit: 4, connectTimeout: 2_000 })
  return { repository: new MysqlJobRepository({ pool }), end: () => pool.end() }
}

describe.each([
  { on: 'PostgreSQL', start: startPostgres, connect: onPostgres },
  { on: 'MariaDB', start: startMariadb, connect: onMysql },
])('on a $on server that is away when a job ends', ({ start, connect }) => {
  it('the end is stored when it is back, by the operator that lives on', async () => {
    await using server = await start({ durable: false })
    const { repository, end } = connect(server.url)
    await repository.initializeSchema()
    const operator = new JobOperator({ repository, leaseDuration: '1s' })
    const work = gated(false)
    const handle = await operator.start(work.job)
    await settle()
    await server.kill()
    work.gate.resolve()
    const execution = await handle.result
    expect(['UNKNOWN', 'FAILED']).toContain(execution.status)
    await server.restart()
    const next = gated()
    next.gate.resolve()
    for (;;) {
      const stored = await operator.execution(execution.id).catch(() => undefined)
      if (stored !== undefined && stored.endTime !== undefined) break
      await delay(50)
    }
    expect((await operator.run(next.job)).status).toBe('COMPLETED')
    await operator.close()
    await end()
  }, 60_000)
})
