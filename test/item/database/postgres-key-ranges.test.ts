import { type Partition, type StepContext } from 'chunkwise'
import {
  type KeyRange,
  partitionRange,
  PostgresKeyRangePartitioner,
  type PostgresKeyRangePartitionerOptions,
  PostgresPagingItemReader,
  SortKeyNullError,
} from 'chunkwise/postgres'
import { describe, expect, test } from 'vitest'
import { ExecutionContext } from '../../../src/domain/execution-context.js'
import { freshDatabase } from '../../support/databases.js'
import { readAll, readContext } from './plug-context.js'

const database = await freshDatabase({ icuLocale: 'en-US' })
const pool = database.pool({ max: 4 })
// Nearly all ids lie close to one another, far beyond 2^53: ranges even by value would put them into one partition.
await pool.query(`
  create table big (id bigint primary key);
  insert into big select case when i <= 3 then i else 9007199254740993 + i end from generate_series(1, 1003) as i;
  create table mixed (kind text, at timestamptz, id bigint, primary key (kind, at, id));
  insert into mixed
    select (array['B', 'a', 'ä', 'C'])[1 + i % 4],
      '2024-01-01T00:00:00.000001Z'::timestamptz + (i % 7) * interval '1 microsecond', i
    from generate_series(1, 500) as i;
  create table holes (id int);
  insert into holes values (1), (null);
  create table none (id int not null)`)

type Given = Omit<PostgresKeyRangePartitionerOptions, 'pool'> & { readonly select: string }

async function cut(given: Given, gridSize: number): Promise<readonly Partition[]> {
  const partitioner = new PostgresKeyRangePartitioner({ pool, ...given })
  return partitioner.partition(gridSize, readContext() as StepContext<unknown>)
}

function reader(given: Given, { context }: Partition): PostgresPagingItemReader {
  const range = partitionRange({ executionContext: new ExecutionContext(context) })
  return new PostgresPagingItemReader({ pool, ...given, range })
}

/** The rows of each partition, in read order. */
async function readParts(given: Given, partitions: readonly Partition[], size = 50): Promise<readonly unknown[][]> {
  const lists: unknown[][] = []
  for (const partition of partitions) lists.push(await readAll(reader(given, partition), size))
  return lists
}

const big: Given = { select: 'id', from: 'big', sortKeys: { id: 'asc' } }
const mixed: Given = {
  select: 'kind, at::text as at_text, at, id',
  from: 'mixed',
  sortKeys: { kind: 'desc', at: 'asc', id: 'desc' },
}

describe('ranges of keys', () => {
  test.each([1, 2, 4, 7, 100, 1002, 1003])(
    'of 1003 rows in %i parts are even by number and have each row once',
    async (parts) => {
      const partitions = await cut(big, parts)
      expect(partitions).toHaveLength(parts)
      expect(new Set(partitions.map(({ name }) => name)).size).toBe(parts)
      if (parts > 100) return
      const lists = await readParts(big, partitions)
      const sizes = lists.map(({ length }) => length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      const { rows } = await pool.query('select id from big order by id')
      expect(lists.flat()).toEqual(rows)
    },
  )

  test('follow one another, open at the bottom and at the top, with keys beyond 2^53 as they are', async () => {
    const partitions = await cut(big, 3)
    expect(partitions).toEqual([
      { name: '1', context: { range: { after: null, through: { id: '9007199254741328' } } } },
      { name: '2', context: { range: { after: { id: '9007199254741328' }, through: { id: '9007199254741662' } } } },
      { name: '3', context: { range: { after: { id: '9007199254741662' }, through: null } } },
    ])
  })

  test('of several keys in mixed directions, with microseconds and a locale, have each row once', async () => {
    const partitions = await cut(mixed, 9)
    const lists = await readParts(mixed, partitions, 20)
    const { rows } = await pool.query(`select ${mixed.select} from mixed order by kind desc, at, id desc`)
    expect(lists.flat()).toEqual(rows)
    expect(new Set(lists.map(({ length }) => length))).toEqual(new Set([55, 56]))
  })

  test('take a row that comes in later in one of them: below, above, and between', async () => {
    const partitions = await cut(big, 4)
    await pool.query('delete from big where id = 9007199254741244')
    const late = ['-5', '2000', '9007199254741244', '9223372036854775807']
    await pool.query('insert into big select unnest($1::bigint[])', [late])
    const read = (await readParts(big, partitions)).flat() as { id: string }[]
    await pool.query('delete from big where id in (-5, 2000, 9223372036854775807)')
    expect(read).toHaveLength(1006)
    expect(new Set(read.map(({ id }) => id)).size).toBe(1006)
    expect(read.map(({ id }) => id)).toEqual(expect.arrayContaining(late))
  })

  test('are one for each row where there are fewer rows than parts, and none for no row', async () => {
    const few: Given = { ...big, where: 'id < :most', parameters: { most: 4 } }
    const partitions = await cut(few, 8)
    expect(await readParts(few, partitions)).toEqual([[{ id: '1' }], [{ id: '2' }], [{ id: '3' }]])
    expect(await cut({ ...big, from: 'none' }, 8)).toEqual([])
  })

  test('are of the rows that `where` leaves, and of joins by the key of one table', async () => {
    const joined: Given = {
      select: 'b.id',
      from: 'big b join mixed m on m.id = b.id',
      where: 'm.kind <> :kind',
      parameters: { kind: 'B' },
      sortKeys: { 'b.id': 'desc' },
    }
    const { select: _, ...keysOnly } = joined
    const partitioner = new PostgresKeyRangePartitioner({ pool, ...keysOnly })
    const partitions = await partitioner.partition(2, readContext() as StepContext<unknown>)
    expect(partitions[0]?.context).toEqual({ range: { after: null, through: { 'b.id': '2' } } })
    expect(await readParts(joined, partitions)).toEqual([[{ id: '3' }, { id: '2' }], [{ id: '1' }]])
  })

  test('need keys that are never NULL', async () => {
    const holes: Given = { select: 'id', from: 'holes', sortKeys: { id: 'asc' } }
    await expect(cut(holes, 2)).rejects.toThrow(SortKeyNullError)
  })

  test('end with the signal of the step', async () => {
    const partitioner = new PostgresKeyRangePartitioner({ pool, ...big })
    const context = readContext({ signal: AbortSignal.abort(new Error('stopped')) })
    await expect(partitioner.partition(2, context as StepContext<unknown>)).rejects.toThrow('stopped')
  })
})

describe('a reader of a range', () => {
  const range: KeyRange = { after: { id: 2n }, through: { id: '9007199254741000' } }
  const of = (given: object) => new PostgresPagingItemReader<{ id: string }>({ pool, ...big, range, ...given })

  test('goes on behind its position, up to the end of the range', async () => {
    const all = await readAll(of({}))
    expect(all.map(({ id }) => id)).toEqual([
      '3',
      ...Array.from({ length: 4 }, (_, i) => `${9007199254740997n + BigInt(i)}`),
    ])
    const position = { keys: ['id asc'], after: ['9007199254740998'] }
    expect(await readAll(of({}), 3, position)).toEqual(all.slice(3))
  })

  test('names its ranges for commits in any order, the first and the last as those of an input of its own', async () => {
    const context = readContext()
    const ranged = of({ pageSize: 2 })
    await ranged.openRanges([{ after: undefined, upTo: undefined }], context)
    const found = []
    for (let next = await ranged.readRange(2, context); next !== null; next = await ranged.readRange(2, context)) {
      found.push(next)
    }
    await ranged.close()
    expect(found.flatMap(({ items }) => items)).toEqual(await readAll(of({})))
    expect(found[0]?.from).toBeUndefined()
    expect(found.map(({ end }) => end)).toEqual([false, false, true])
  })

  test('may be open at either end', async () => {
    expect(await readAll(of({ range: { through: { id: 2 } } }))).toEqual([{ id: '1' }, { id: '2' }])
    expect(await readAll(of({ range: { after: { id: 9007199254741994n }, through: null } }))).toEqual([
      { id: '9007199254741995' },
      { id: '9007199254741996' },
    ])
  })

  test.each<[string, unknown, string]>([
    ['no object', undefined, 'range'],
    ['another key', { after: { other: 1 } }, 'range.after'],
    ['a key too few', { through: {} }, 'range.through'],
    ['a number that is not exact', { after: { id: 2 ** 53 } }, 'range.after.id'],
    ['a value that is none', { after: { id: null } }, 'range.after.id'],
    ['an unknown end', { from: { id: 1 } }, 'range.from'],
  ])('is refused with %s', (_what, given, option) => {
    expect(() => of({ range: given })).toThrow(
      expect.objectContaining({ code: 'BATCH_INVALID_OPTION', option: `PostgresPagingItemReader.${option}` }),
    )
  })

  test('is not made where there is no partition: it would read everything', () => {
    expect(() => partitionRange({ executionContext: new ExecutionContext() })).toThrow('partitioner by key range')
  })
})
