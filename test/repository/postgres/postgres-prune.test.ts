import { describe, expect, test } from 'vitest'
import { PostgresJobRepository } from '../../../src/repository/postgres/postgres-job-repository.js'
import { ContractBench, parametersOf } from '../../../src/testing/contract-bench.js'
import { waitingFor } from '../../support/commit-gate.js'
import { freshDatabase } from '../../support/databases.js'

async function scene(count = 1) {
  const pool = (await freshDatabase()).pool({ max: 12 })
  const repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
  const bench = new ContractBench(repository)
  const owner = await bench.owner()
  const ids: number[] = []
  for (let number = 0; number < count; number++) {
    const parameters = parametersOf({ number: { type: 'long', value: number } })
    const started = await bench.start(owner, { parameters })
    await bench.step(started.lease)
    await bench.finish(started)
    ids.push(started.lease.jobInstanceId)
  }
  const prune = () => {
    const request = { olderThan: -1_000, keepLast: 0, keepFailed: true, after: 0, limit: 100 }
    return repository.prune({ jobName: bench.jobName, ...request })
  }
  const startAgain = () => bench.start(owner, { parameters: parametersOf({ number: { type: 'long', value: 0 } }) })
  return { pool, bench, ids, prune, startAgain }
}

describe('a prune on PostgreSQL', () => {
  test('keeps a start of its instance waiting, which then makes a new one', async () => {
    const { pool, bench, ids, startAgain } = await scene()
    const [id = 0] = ids
    const client = await pool.connect()
    await client.query('begin')
    await client.query('select 1 from batch_job_instance where job_instance_id = $1 for update', [id])
    const starting = startAgain()
    await waitingFor(pool, "locktype = 'transactionid'")
    await client.query('delete from batch_step_execution_context')
    await client.query('delete from batch_step_execution')
    await client.query('delete from batch_job_execution_context')
    await client.query('delete from batch_job_execution_params')
    await client.query('delete from batch_job_execution')
    await client.query('delete from batch_job_instance')
    await client.query('commit')
    client.release()
    const { lease } = await starting
    expect(lease.jobInstanceId).toBeGreaterThan(id)
    await bench.dispose()
  })

  test('leaves an instance alone that is just being started', async () => {
    const { pool, bench, ids, prune } = await scene()
    const client = await pool.connect()
    await client.query('begin')
    await client.query('select 1 from batch_job_instance where job_instance_id = $1 for key share', ids)
    expect(await prune()).toMatchObject({ instances: 0 })
    await client.query('commit')
    client.release()
    expect(await prune()).toMatchObject({ instances: 1, executions: 1 })
    await bench.dispose()
  })

  test('by several processes at once deletes each instance once, and leaves no row behind', async () => {
    const { pool, bench, prune } = await scene(20)
    const answers = await Promise.all(Array.from({ length: 6 }, prune))
    expect(answers.reduce((sum, { instances }) => sum + instances, 0)).toBe(20)
    for (const table of ['step_execution_context', 'step_execution', 'job_execution_context', 'job_execution_params']) {
      expect((await pool.query(`select from batch_${table}`)).rowCount).toBe(0)
    }
    expect((await pool.query('select from batch_job_instance')).rowCount).toBe(0)
    await bench.dispose()
  })
})
