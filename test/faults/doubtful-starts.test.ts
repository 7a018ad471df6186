import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { chunkStep, job, JobExecutionAlreadyRunningError, JobOperator } from 'chunkwise'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { describe, expect, test } from 'vitest'
import { migratedDatabase } from '../support/databases.js'
import { Proxy } from './proxy.js'

const STATES = ['was stored', 'was not stored'] as const

describe.each(STATES)('a start that %s, and whose outcome cannot be read either', (state) => {
  test('fails for a reason that passes, and holds its instance no longer than a moment while the operator lives', async () => {
    const database = await migratedDatabase((pool) => new PostgresJobRepository({ pool }).initializeSchema())
    await using proxy = await Proxy.open(database.url)
    const pool = new pg.Pool({ connectionString: proxy.url, max: 4 })
    pool.on('error', () => {})
    const operator = new JobOperator({ repository: new PostgresJobRepository({ pool }) })
    const work = (name: string) =>
      job(name)
        .start(chunkStep(name, { chunkSize: 1, reader: [1], writer: () => {} }))
        .build()
    // The operator is registered: what follows is the start alone.
    await operator.run(work('first'))

    breakStart(proxy, state)
    await expect(operator.start(work('copy'))).rejects.toMatchObject({ code: 'BATCH_START_IN_DOUBT', transient: true })
    proxy.reset(() => 'pass')
    let execution
    while (execution === undefined) {
      execution = await operator.run(work('copy')).catch(async (error: unknown) => {
        expect(error).toBeInstanceOf(JobExecutionAlreadyRunningError)
        await delay(20)
        return undefined
      })
    }
    expect(execution.status).toBe('COMPLETED')
    const executions = await operator.executions(execution.jobInstance)
    expect(executions.map(({ status }) => status)).toEqual(
      state === 'was stored' ? ['COMPLETED', 'FAILED'] : ['COMPLETED'],
    )
    await operator.close()
    await pool.end()
  }, 30_000)
})

/** Loses the connection at the COMMIT of the next start, and every one that is to read what became of it. */
function breakStart(proxy: Proxy, state: (typeof STATES)[number]): void {
  let starting: unknown
  let broken = false
  proxy.reset(({ text, link }) => {
    if (/insert into \S*batch_job_execution\b/i.test(text)) starting = link
    if (!broken && (starting !== link || text !== 'COMMIT')) return 'pass'
    if (broken || state === 'was not stored') {
      broken = true
      link.cut()
      return 'hold'
    }
    broken = true
    void link.swallowed.then(() => link.cut())
    return 'swallow'
  })
}
