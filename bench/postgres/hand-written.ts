import pg from 'pg'
import { COLUMNS } from '../tables.js'

interface Row {
  readonly id: string
  readonly name: string
  readonly created: Date
  readonly score: number
  readonly email: string | null
  readonly note: string | null
}

const SELECT = `SELECT ${COLUMNS.join(', ')} FROM source`
const INSERT = `INSERT INTO target (${COLUMNS.join(', ')})
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::int[], $5::text[], $6::text[])`

/**
 * The loop one would write by hand with care: the next page is read while this one is written, the statements of a
 * transaction are sent together, one `unnest` a chunk. No checkpoint, no counters, no restart.
 */
export async function copyByHand(url: string, chunkSize: number, raw: boolean): Promise<number> {
  const reader = new pg.Client({ connectionString: url })
  const writer = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig)
  await Promise.all([reader.connect(), writer.connect()])
  try {
    const read = raw ? rawPages(reader, chunkSize) : pages(reader, chunkSize)
    let copied = 0
    let next = read(undefined)
    for (;;) {
      const page = await next
      if (page.count === 0) return copied
      next = read(page.last)
      next.catch(() => undefined)
      await Promise.all([writer.query('BEGIN'), writer.query(INSERT, page.columns()), writer.query('COMMIT')])
      copied += page.count
    }
  } finally {
    await Promise.all([reader.end(), writer.end()])
  }
}

/** The same with several transactions side by side, each on a connection of its own. Their order is nobody's business. */
export async function copySideBySide(url: string, chunkSize: number, side: number): Promise<number> {
  const reader = new pg.Client({ connectionString: url })
  const config = { connectionString: url, pipeline: true } as pg.ClientConfig
  const writers = Array.from({ length: side }, () => new pg.Client(config))
  await Promise.all([reader, ...writers].map((client) => client.connect()))
  try {
    const read = pages(reader, chunkSize)
    let copied = 0
    let next: Promise<Page> = read(undefined)
    const work = async (writer: pg.Client): Promise<void> => {
      for (;;) {
        const taken = next
        const page = await taken
        // Another writer may have taken the page meanwhile: wait for the one behind it.
        if (next !== taken) continue
        if (page.count === 0) return
        next = read(page.last)
        next.catch(() => undefined)
        await Promise.all([writer.query('BEGIN'), writer.query(INSERT, page.columns()), writer.query('COMMIT')])
        copied += page.count
      }
    }
    await Promise.all(writers.map(work))
    return copied
  } finally {
    await Promise.all([reader, ...writers].map((client) => client.end()))
  }
}

interface Page {
  readonly count: number
  readonly last: string | undefined
  columns(): unknown[]
}

type ReadPage = (after: string | undefined) => Promise<Page>

/** Rows as objects with values of their types, as user code wants them. */
function pages(client: pg.Client, size: number): ReadPage {
  return async (after) => {
    const { rows } = await client.query<Row>(pageQuery(after, size))
    return {
      count: rows.length,
      last: rows.at(-1)?.id,
      columns: () => COLUMNS.map((column) => rows.map((row) => row[column])),
    }
  }
}

/** Rows as arrays of text that nobody looks into: the least that Node can do. */
function rawPages(client: pg.Client, size: number): ReadPage {
  const types = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig
  return async (after) => {
    const query = { ...pageQuery(after, size), rowMode: 'array' as const, types }
    const { rows } = await client.query<(string | null)[]>(query)
    return {
      count: rows.length,
      last: rows.at(-1)?.[0] ?? undefined,
      columns: () => COLUMNS.map((_, index) => literal(rows, index)),
    }
  }
}

function pageQuery(after: string | undefined, size: number): { text: string; values: unknown[] } {
  return after === undefined
    ? { text: `${SELECT} ORDER BY id LIMIT $1`, values: [size] }
    : { text: `${SELECT} WHERE id > $2 ORDER BY id LIMIT $1`, values: [size, after] }
}

/** One column as the text of an array. */
function literal(rows: readonly (string | null)[][], index: number): string {
  let text = '{'
  for (const row of rows) {
    const value = row[index] ?? null
    if (text.length > 1) text += ','
    if (value === null) text += 'NULL'
    else text += `"${/["\\]/.test(value) ? value.replaceAll(/["\\]/g, '\\$&') : value}"`
  }
  return `${text}}`
}
