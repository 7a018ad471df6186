import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chunkStep, job, JobOperator } from 'chunkwise'
import { beforeAll, describe, expect, it } from 'vitest'
import { repository } from './support/architecture/source-file.js'
import { ask, repositoryOn, type Row, SQL_DATABASES, type SqlTestDatabase } from './support/sql-databases.js'

const page = readFileSync(join(repository, 'docs/reference/schema.md'), 'utf8')
const [runs, failed, steps] = [...page.matchAll(/^```sql\n([\s\S]*?)^```/gm)].map(([, text = '']) => text)

/** A row with its counts as numbers: sums come as texts. */
function counted(row: Row): Row {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
  ])
  return Object.fromEntries(entries) as Row
}

describe.each(SQL_DATABASES)('the queries of docs/reference/schema.md on $on', ({ make }) => {
  let database: SqlTestDatabase
  beforeAll(async () => {
    database = await make()
  })

  it('say what runs, what has failed, and how far the steps of an instance are', async () => {
    const pool = database.pool()
    const seen: (readonly Row[])[] = []
    let isBroken = true
    const load = chunkStep('load', {
      chunkSize: 2,
      reader: [1, 2, 3, 4],
      processor: (item) => (item === 2 ? null : item),
      writer: async (items) => {
        seen.push(await ask(pool, runs ?? ''))
        if (isBroken && items.includes(3)) throw new Error('the disk is full')
      },
    })
    const loads = job('loads').start(load).build()
    await using operator = new JobOperator({ repository: repositoryOn(pool), jobs: [loads] })

    expect((await operator.run(loads)).status).toBe('FAILED')
    expect(seen[0]).toMatchObject([{ job: 'loads', status: 'STARTED' }])
    expect(seen[0]?.[0]?.['renewed']).toBeInstanceOf(Date)
    expect(await ask(pool, runs ?? '')).toEqual([])
    expect(await ask(pool, failed ?? '')).toMatchObject([
      { job: 'loads', why: expect.stringContaining('the disk is full') },
    ])

    isBroken = false
    expect((await operator.run(loads)).status).toBe('COMPLETED')
    const [row, ...others] = await ask(pool, steps ?? '')
    expect(others).toEqual([])
    expect(counted(row ?? {})).toMatchObject({
      job: 'loads',
      step: 'load',
      runs: 2,
      items_read: 4,
      items_written: 3,
      items_filtered: 1,
      skipped: 0,
    })
  })
})
