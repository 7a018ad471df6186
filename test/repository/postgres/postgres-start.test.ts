import { describe, expect, test } from 'vitest'
import { JobExecutionAlreadyRunningError } from '../../../src/domain/launch-errors.js'
import { PostgresJobRepository } from '../../../src/repository/postgres/postgres-job-repository.js'
import { ContractBench } from '../../../src/testing/contract-bench.js'
import { freshDatabase } from '../../support/databases.js'

describe('concurrent starts on PostgreSQL', () => {
  test('eight processes start one instance fifty times: each time one wins and seven get a typed error', async () => {
    const database = await freshDatabase()
    const repositories = Array.from({ length: 8 }, () => new PostgresJobRepository({ pool: database.pool({ max: 2 }) }))
    await Promise.all(repositories.map((repository) => repository.initializeSchema()))
    const benches = repositories.map((repository) => new ContractBench(repository))
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
    const { rows } = await database.pool().query(
      `select count(*)::int as instances, (select count(*)::int from batch_job_execution) as executions,
        (select count(*)::int from batch_job_lease) as leases from batch_job_instance`,
    )
    expect(rows).toEqual([{ instances: 50, executions: 50, leases: 50 }])
    await Promise.all(benches.map((bench) => bench.dispose()))
  })

  test('restarts at once of one failed instance have one winner', async () => {
    const pool = (await freshDatabase()).pool({ max: 10 })
    const repository = new PostgresJobRepository({ pool })
    await repository.initializeSchema()
    const bench = new ContractBench(repository)
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
    const pool = (await freshDatabase()).pool({ options: '-c default_transaction_isolation=serializable' })
    const repository = new PostgresJobRepository({ pool })
    await repository.initializeSchema()
    const bench = new ContractBench(repository)
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
