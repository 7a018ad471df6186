import { JobOperator } from 'chunkwise'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { expect, it } from 'vitest'
import { freshDatabase } from '../support/databases.js'
import { gated } from './plain-steps.js'

it('a stop is noticed, and the lease renewed, while the host uses up the pool', async () => {
  const database = await freshDatabase()
  const pool = database.pool({ max: 2 })
  const repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
  const operator = new JobOperator({ repository, leaseDuration: '600ms', stopPollInterval: '20ms' })
  const other = new JobOperator({ repository: new PostgresJobRepository({ pool: database.pool({ max: 2 }) }) })
  const work = gated()
  const handle = await operator.start(work.job)
  await work.begun
  // Beside the operator's own connection, this is the only one.
  const hosts = await pool.connect()
  const aborted = new Promise<void>((resolve) => {
    work.runtimes[0]?.context.signal.addEventListener('abort', () => resolve())
  })
  expect(await other.recover()).toEqual([])
  await other.stop(handle.execution.id)
  await aborted
  expect(work.runtimes[0]?.context.signal.reason).toMatchObject({ code: 'BATCH_STOP_REQUESTED' })
  hosts.release()
  expect((await handle.result).status).toBe('STOPPED')
  await Promise.all([operator.close(), other.close()])
})
