import { chunkStep, type ItemReader, type WriteContext } from 'chunkwise'
import { PostgresCursorItemReader, PostgresJobRepository, PostgresPagingItemReader } from 'chunkwise/postgres'
import { runStep } from 'chunkwise/testing'
import type pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase } from '../../support/databases.js'

interface Row {
  readonly id: number
}

let pool: pg.Pool

beforeAll(async () => {
  pool = (await freshDatabase()).pool({ max: 4 })
  await new PostgresJobRepository({ pool }).initializeSchema()
  await pool.query('create table source as select 3 * generate_series(1, 20) as id')
})

describe('the keys and positions of items that are read one by one', () => {
  it.each<[string, () => ItemReader<Row>]>([
    [
      'in pages',
      () => new PostgresPagingItemReader<Row>({ pool, select: 'id', from: 'source', sortKeys: { id: 'asc' } }),
    ],
    [
      'by a cursor with keys',
      () => new PostgresCursorItemReader<Row>({ pool, select: 'id', from: 'source', sortKeys: { id: 'asc' } }),
    ],
    [
      'by a cursor without',
      () => new PostgresCursorItemReader<Row>({ pool, sql: 'select id from source order by id' }),
    ],
  ])('%s are those of items that are read at once, over a restart', async (what, reader) => {
    const repository = new PostgresJobRepository({ pool })
    const keysOf = async (name: string, bounds: object) => {
      const keys = new Map<number, string>()
      for (const fail of [30, 0]) {
        const writer = {
          transactional: true,
          write(items: readonly Row[], context: WriteContext) {
            if (items.some(({ id }) => id === fail)) throw new Error('planned')
            items.forEach(({ id }, index) => keys.set(id, context.keys[index]!))
          },
        }
        await runStep(chunkStep(name, { ...bounds, reader, writer } as never), { repository })
      }
      return [...keys].map(([id, key]) => [id, key.slice(key.lastIndexOf(':'))])
    }
    const atOnce = await keysOf(`at once ${what}`, { chunkSize: 7 })
    expect(atOnce).toHaveLength(20)
    expect(await keysOf(`by bytes ${what}`, { chunk: { bytes: 45 } })).toEqual(atOnce)
    expect(await keysOf(`by time ${what}`, { chunk: { items: 6, time: '1m' } })).toEqual(atOnce)
  })
})
