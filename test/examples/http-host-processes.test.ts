import { beforeAll, expect, test } from 'vitest'
import { LETTERS } from '../../examples/http-host/letters-job.js'
import { builtPackage } from '../restart/built-package.js'
import { freshDatabase } from '../support/databases.js'
import { startHost } from './host-process.js'

beforeAll(builtPackage, 120_000)

const CAMPAIGN = { campaign: 'spring', sentAt: '2026-01-31' }

test.each(['fastify', 'express'])(
  'examples/%s-host: SIGTERM stops the job at its next chunk, and another process runs it to its end',
  async (name) => {
    const database = await freshDatabase()
    const first = await startHost(name, database.url)
    const stopped = await first.client.start({ ...CAMPAIGN, pace: 100 })
    let exit: Promise<number | null> | undefined
    const events = await first.client.followed(stopped, () => {
      exit = first.end()
    })
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { id: stopped, status: 'STOPPED' } })
    expect(await exit).toBe(0)

    const second = await startHost(name, database.url)
    const id = await second.client.start({ ...CAMPAIGN, pace: 0 })
    expect((await second.client.followed(id)).at(-1)).toMatchObject({ event: 'end', data: { id, status: 'COMPLETED' } })
    expect(await second.end()).toBe(0)

    const pool = database.pool()
    const letters = await pool.query('select count(*)::int as rows, count(distinct id)::int as ids from letters')
    expect(letters.rows).toEqual([{ rows: LETTERS, ids: LETTERS }])
    const executions = await pool.query(
      `select e.status, s.write_count > 0 as written from batch_job_execution e
       join batch_step_execution s using (job_execution_id) order by 1`,
    )
    expect(executions.rows).toEqual(['COMPLETED', 'STOPPED'].map((status) => ({ status, written: true })))
    expect((await pool.query('select 1 from batch_job_lease')).rows).toEqual([])
  },
  60_000,
)
