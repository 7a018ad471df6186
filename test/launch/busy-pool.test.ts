import { JobOperator } from 'chunkwise'
import { expect, it } from 'vitest'
import { hold, repositoryOn, SQL_DATABASES } from '../support/sql-databases.js'
import { gated } from './plain-steps.js'

it.each(SQL_DATABASES)(
  'on $on a stop is noticed, and the lease renewed, while the host uses up the pool',
  async ({ make }) => {
    const database = await make()
    const pool = database.pool(2)
    const operator = new JobOperator({
      repository: repositoryOn(pool),
      leaseDuration: '600ms',
      stopPollInterval: '20ms',
    })
    const other = new JobOperator({ repository: repositoryOn(database.pool(2)) })
    const work = gated()
    const handle = await operator.start(work.job)
    await work.begun
    // Beside the operator's own connection, this is the only one.
    const hosts = await hold(pool)
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
  },
)
