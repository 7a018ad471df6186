import { describe, expect, test } from 'vitest'
import { ContractBench, parametersOf } from '../../src/testing/contract-bench.js'
import { ask, hold, isMysql, repositoryOn, SQL_DATABASES, untilLocked } from '../support/sql-databases.js'

/** Tables with rows of executions, in an order in which they can be emptied. */
const OF_EXECUTIONS = ['STEP_EXECUTION_CONTEXT', 'STEP_EXECUTION', 'JOB_EXECUTION_CONTEXT', 'JOB_EXECUTION_PARAMS']

async function prepared(make: (typeof SQL_DATABASES)[number]['make'], count: number) {
  const pool = (await make()).pool(12)
  const repository = repositoryOn(pool)
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

describe.each(SQL_DATABASES)('a prune on $on', ({ make }) => {
  const scene = (count = 1) => prepared(make, count)

  test('keeps a start of its instance waiting, which then makes a new one', async () => {
    const { pool, bench, ids, startAgain } = await scene()
    const [id = 0] = ids
    const held = await hold(pool)
    await held.run('begin')
    await held.run(`select 1 from BATCH_JOB_INSTANCE where JOB_INSTANCE_ID = ${id} for update`)
    const starting = startAgain()
    await untilLocked(pool)
    for (const table of [...OF_EXECUTIONS, 'JOB_EXECUTION', 'JOB_INSTANCE'])
      await held.run(`delete from BATCH_${table}`)
    await held.run('commit')
    held.release()
    const { lease } = await starting
    expect(lease.jobInstanceId).toBeGreaterThan(id)
    await bench.dispose()
  })

  test('leaves an instance alone that is just being started', async () => {
    const { pool, bench, ids, prune } = await scene()
    const held = await hold(pool)
    const share = isMysql(pool) ? 'lock in share mode' : 'for key share'
    await held.run('begin')
    await held.run(`select 1 from BATCH_JOB_INSTANCE where JOB_INSTANCE_ID = ${ids[0]} ${share}`)
    expect(await prune()).toMatchObject({ instances: 0 })
    await held.run('commit')
    held.release()
    expect(await prune()).toMatchObject({ instances: 1, executions: 1 })
    await bench.dispose()
  })

  test('by several processes at once deletes each instance once, and leaves no row behind', async () => {
    const { pool, bench, prune } = await scene(20)
    const answers = await Promise.all(Array.from({ length: 6 }, prune))
    expect(answers.reduce((sum, { instances }) => sum + instances, 0)).toBe(20)
    for (const table of [...OF_EXECUTIONS, 'JOB_INSTANCE']) {
      expect(await ask(pool, `select 1 from BATCH_${table}`), table).toEqual([])
    }
    await bench.dispose()
  })
})
