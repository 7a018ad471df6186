import type { Gap, ItemRange, RangedItemReader } from 'chunkwise'
import { MysqlPagingItemReader } from 'chunkwise/mysql'
import { PostgresPagingItemReader, type SortKeys } from 'chunkwise/postgres'
import { describe, expect, test } from 'vitest'
import { freshDatabase } from '../../support/databases.js'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'
import { readContext } from './plug-context.js'

interface Row {
  readonly id: number
}

interface Options {
  readonly select: string
  readonly from: string
  readonly where?: string
  readonly sortKeys: SortKeys
  readonly types?: { readonly id: 'bigint' }
  readonly pageSize?: number
  readonly prefetch?: boolean
}
type MakeReader = (options: Options) => RangedItemReader<Row>

async function postgres(): Promise<MakeReader> {
  const pool = (await freshDatabase({ icuLocale: 'en-US' })).pool({ max: 4 })
  await pool.query(`
    CREATE TABLE plain (id int PRIMARY KEY);
    INSERT INTO plain SELECT generate_series(10, 200, 10);
    CREATE TABLE mixed (kind text, at timestamptz, id bigint, PRIMARY KEY (kind, at, id));
    INSERT INTO mixed SELECT (array['B', 'a', 'ä', 'C'])[1 + i % 4],
      '2024-01-01T00:00:00.000001Z'::timestamptz + (i % 5) * interval '1 day', 9007199254740993 + i
      FROM generate_series(1, 60) AS i`)
  return (options) => new PostgresPagingItemReader<Row>({ pool, ...options })
}

async function mysql(): Promise<MakeReader> {
  const pool = (await freshMysqlDatabase()).pool({ connectionLimit: 4, multipleStatements: true })
  await pool.query(`
    CREATE TABLE plain (id int PRIMARY KEY);
    INSERT INTO plain WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) SELECT i * 10 FROM n;
    CREATE TABLE mixed (kind varchar(9) COLLATE utf8mb4_unicode_ci, at timestamp(6) NULL, id bigint, KEY (kind, at, id));
    INSERT INTO mixed WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
      SELECT elt(1 + i % 4, 'B', 'a', 'ä', 'C'), '2024-01-01 00:00:00.000001' + INTERVAL i % 5 DAY, 9007199254740993 + i
      FROM n`)
  return (options) => new MysqlPagingItemReader<Row>({ pool, ...options })
}

/** A position of `plain`. */
const at = (id: number) => ({ keys: ['id asc'], after: [String(id)] })

async function ranges<T>(
  reader: RangedItemReader<T>,
  gaps: readonly Gap[],
  size = 3,
): Promise<readonly ItemRange<T>[]> {
  const context = readContext()
  const found: ItemRange<T>[] = []
  await reader.openRanges(gaps, context)
  try {
    for (;;) {
      const range = await reader.readRange(size, context)
      if (range === null) return found
      found.push(range)
    }
  } finally {
    await reader.close()
  }
}

const ALL: Gap = { after: undefined, upTo: undefined }
const ids = (range: ItemRange<Row>) => range.items.map(({ id }) => id)

const databases = [
  { name: 'PostgreSQL', make: await postgres() },
  { name: 'MySQL', make: await mysql() },
]

describe.each(databases)('ranges of a paging reader on $name', ({ make }) => {
  const plain = (options: { readonly pageSize?: number; readonly prefetch?: boolean } = {}) =>
    make({ select: 'id', from: 'plain', sortKeys: { id: 'asc' }, ...options })

  test('follow one another from the beginning to the end of the input', async () => {
    const found = await ranges(plain(), [ALL], 8)
    expect(found.map(({ items, ...range }) => ({ ...range, count: items.length }))).toEqual([
      { from: undefined, to: at(80), end: false, count: 8 },
      { from: at(80), to: at(160), end: false, count: 8 },
      { from: at(160), to: at(200), end: true, count: 4 },
    ])
  })

  test('of an input that the page size divides end with its last full page', async () => {
    const found = await ranges(plain(), [ALL], 10)
    expect(found.map(({ to, end }) => ({ to, end }))).toEqual([
      { to: at(100), end: false },
      { to: at(200), end: true },
    ])
  })

  test.each([
    ['the size of a chunk', {}],
    ['larger pages', { pageSize: 7 }],
    ['smaller pages', { pageSize: 2 }],
    ['no prefetch', { prefetch: false }],
  ])('stay within their gaps, with %s', async (_what, options) => {
    const gaps: Gap[] = [
      { after: undefined, upTo: at(20) },
      // Neither end is a row any more.
      { after: at(55), upTo: at(95) },
      { after: at(120), upTo: at(125) },
      { after: at(170), upTo: undefined },
    ]
    const found = await ranges(plain(options), gaps)
    expect(found.flatMap(ids)).toEqual([10, 20, 60, 70, 80, 90, 180, 190, 200])
    expect(found.find((range) => range.items.length === 0)).toMatchObject({ from: at(120), to: at(125) })
    expect(found.map(({ to }) => to)).toEqual(expect.arrayContaining([at(20), at(95), at(125), at(200)]))
    expect(found.map(({ end }) => end)).toEqual(found.map((_range, index) => index === found.length - 1))
    for (const [index, { from }] of found.entries()) {
      const before = found[index - 1]
      const begins = gaps.some(({ after }) => JSON.stringify(after) === JSON.stringify(from))
      if (!begins) expect(from).toEqual(before?.to)
    }
  })

  test('of an empty input are one that is empty and the end', async () => {
    const reader = make({ select: 'id', from: 'plain', where: 'id < 0', sortKeys: { id: 'asc' } })
    expect(await ranges(reader, [ALL])).toEqual([{ items: [], from: undefined, to: undefined, end: true }])
  })

  test('without gaps are none', async () => {
    expect(await ranges(plain(), [])).toEqual([])
  })

  test.each([
    { kind: 'asc', at: 'desc', id: 'asc' },
    { kind: 'desc', at: 'asc', id: 'desc' },
    { kind: 'asc', at: 'asc', id: 'asc' },
    { kind: 'desc', at: 'desc', id: 'desc' },
  ] as const)('split at any row give every row once, whatever the collation and directions: %o', async (sortKeys) => {
    const reader = () => make({ select: '*', from: 'mixed', sortKeys, types: { id: 'bigint' } })
    const whole = await ranges(reader(), [ALL], 1)
    expect(whole).toHaveLength(60)
    for (const [low, high] of [
      [0, 1],
      [7, 31],
      [30, 58],
    ] as const) {
      const [first, last] = [whole[low], whole[high]]
      const inner = await ranges(reader(), [{ after: first?.to, upTo: last?.to }], 4)
      const expected = whole.slice(low + 1, high + 1).flatMap(({ items }) => items)
      expect(inner.flatMap(({ items }) => items)).toEqual(expected)
      expect(inner.at(-1)?.to).toEqual(last?.to)
    }
  })

  test('name their items as ordinary pages do', async () => {
    const reader = plain()
    const context = readContext()
    await reader.openRanges([{ after: at(20), upTo: at(60) }], context)
    const range = await reader.readRange(3, context)
    expect(range?.items.map((_item, index) => reader.itemKey(range.items, index))).toEqual(['30', '40', '50'])
    await reader.close()
  })

  test('of other sort keys are refused', async () => {
    const other = { keys: ['id desc'], after: ['10'] }
    await expect(plain().openRanges([{ after: other, upTo: undefined }], readContext())).rejects.toMatchObject({
      code: 'BATCH_POSITION',
    })
  })
})
