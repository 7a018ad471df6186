import { describe, expect, test } from 'vitest'
import { JobExecutionAlreadyRunningError } from '../../src/domain/launch-errors.js'
import { ContractBench } from '../../src/testing/contract-bench.js'
import { ask, eachSession, isMysql, repositoryOn, SQL_DATABASES } from '../support/sql-databases.js'

describe.each(SQL_DATABASES)('concurrent starts on $on', ({ make }) => {
  test('eight processes start one instance fifty times: each time one wins and seven get a typed error', async () => {
    const database = await make()
    const benches = Array.from({ length: 8 }, () => new ContractBench(repositoryOn(database.pool(2))))
    const owners = await Promise.all(benches.map((bench) => bench.owner()))
    for (let round = 0; round < 50; round++) {
      const outcomes = await Promise.allSettled(
        benches.map((bench, index) => bench.start(owners[index] as never, { jobName: `job ${round}` })),
      )
      const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled')
      const losers = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as Error)
      expect(winners).toHaveLength(1)
      for (const error of losers) expect(error).toBeInstanceOf(JobExecutionAlreadyRunningError)
      expect(losers[0]).toMatchObject({ jobExecutionId: winners[0]?.value.execution.id })
    }
    for (const table of ['INSTANCE', 'EXECUTION', 'LEASE']) {
      expect(await ask(database.pool(1), `select 1 from BATCH_JOB_${table}`), table).toHaveLength(50)
    }
    await Promise.all(benches.map((bench) => bench.dispose()))
  })

  test('restarts at once of one failed instance have one winner', async () => {
    const bench = new ContractBench(repositoryOn((await make()).pool(10)))
    const owner = await bench.owner()
    for (let round = 0; round < 10; round++) {
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => bench.start(owner)))
      const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled')
      expect(winners).toHaveLength(1)
      const [winner] = winners
      if (winner !== undefined) await bench.finish(winner.value, { status: 'FAILED' })
    }
    await bench.dispose()
  })

  test('a host whose transactions are serializable by default starts, writes and ends all the same', async () => {
    const pool = (await make()).pool()
    const isolation = 'transaction isolation level serializable'
    const set = isMysql(pool) ? `set session ${isolation}` : `set session characteristics as ${isolation}`
    eachSession(pool, (run) => void run(set))
    const bench = new ContractBench(repositoryOn(pool))
    const owner = await bench.owner()
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => bench.start(owner)))
    const [started] = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value)
    expect(outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as unknown)).toEqual(
      Array.from({ length: 3 }, () => expect.any(JobExecutionAlreadyRunningError)),
    )
    const step = await bench.step(started?.lease as never)
    await bench.checkpoint(step, started?.lease as never)
    expect((await bench.finish(started as never)).status).toBe('COMPLETED')
    await bench.dispose()
  })
})
