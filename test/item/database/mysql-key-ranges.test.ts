import { type Partition, type StepContext } from 'chunkwise'
import { type KeyRange, MysqlKeyRangePartitioner, MysqlPagingItemReader } from 'chunkwise/mysql'
import { testStepContext } from 'chunkwise/testing'
import { describe, expect, test } from 'vitest'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'

const pool = (await freshMysqlDatabase()).pool({ connectionLimit: 4 })
await pool.query('CREATE TABLE big (id BIGINT NOT NULL, at DATETIME(6) NOT NULL, PRIMARY KEY (at, id))')
const first = 9007199254740993n
const rows = Array.from({ length: 103 }, (_, index) => [
  String(first + BigInt(index)),
  `2026-01-31 10:00:00.${String((index * 7) % 50).padStart(6, '0')}`,
])
await pool.query('INSERT INTO big (id, at) VALUES ?', [rows])
await pool.query('CREATE TABLE nothing (id INT PRIMARY KEY)')

const big = { pool, from: 'big', sortKeys: { at: 'desc', id: 'asc' } } as const
const types = { id: 'bigint' } as const

async function read(range: KeyRange): Promise<readonly bigint[]> {
  const reader = new MysqlPagingItemReader<{ id: bigint }>({ ...big, select: 'id, at', types, range, pageSize: 7 })
  const context = testStepContext() as StepContext<unknown>
  await reader.open(undefined, context)
  const ids: bigint[] = []
  for (let row = await reader.read(context); row !== null; row = await reader.read(context)) ids.push(row.id)
  await reader.close()
  return ids
}

const rangesOf = (partitions: readonly Partition[]): readonly KeyRange[] =>
  partitions.map(({ context }) => context['range'] as KeyRange)

describe('a partitioner by key range on MySQL', () => {
  test('cuts evenly by count, and the ranges together have every row once, with exact keys', async () => {
    const partitions = await new MysqlKeyRangePartitioner(big).partition(4, testStepContext())
    const parts = await Promise.all(rangesOf(partitions).map(read))
    expect(parts.map(({ length }) => length)).toEqual([26, 26, 26, 25])
    expect(parts.flat().toSorted((a, b) => Number(a - b))).toEqual(rows.map(([id = '']) => BigInt(id)))
  })

  test('leaves the first range open at its bottom and the last at its top', async () => {
    const ranges = rangesOf(await new MysqlKeyRangePartitioner(big).partition(3, testStepContext()))
    expect([ranges[0]?.after, ranges.at(-1)?.through]).toEqual([null, null])
    expect(ranges.slice(1).map(({ after }) => after)).toEqual(ranges.slice(0, -1).map(({ through }) => through))
  })

  test('gives a range for each row where there are fewer rows than partitions, and none for none', async () => {
    const few = { ...big, where: `id < ${first + 2n}` }
    expect(await new MysqlKeyRangePartitioner(few).partition(5, testStepContext())).toHaveLength(2)
    const none = new MysqlKeyRangePartitioner({ pool, from: 'nothing', sortKeys: { id: 'asc' } })
    expect(await none.partition(5, testStepContext())).toEqual([])
  })
})
