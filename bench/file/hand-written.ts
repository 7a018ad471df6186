import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { parse } from 'csv-parse'
import pg from 'pg'
import type { SourceRow } from '../copy-case.js'
import { COLUMNS } from '../tables.js'

const INSERT = `INSERT INTO target (${COLUMNS.join(', ')})
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::int[], $5::text[], $6::text[])`

type Texts = Readonly<Record<(typeof COLUMNS)[number], string>>

/**
 * The loop one would write by hand with care: csv-parse's objects, one `unnest` a chunk, the statements of a transaction
 * sent together, the file read on while a chunk is written. No checkpoint, no counts, no restart. `typed`: with values of
 * the columns' types, as user code wants them; else the texts as they stand in the file.
 */
export async function fileToTableByHand(url: string, path: string, chunkSize: number, typed: boolean): Promise<number> {
  const client = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig)
  await client.connect()
  try {
    let copied = 0
    let rows: Record<(typeof COLUMNS)[number], unknown>[] = []
    let writing: Promise<unknown> = Promise.resolve()
    const write = async (): Promise<void> => {
      await writing
      const columns = COLUMNS.map((column) => rows.map((row) => row[column]))
      writing = Promise.all([client.query('BEGIN'), client.query(INSERT, columns), client.query('COMMIT')])
      // Awaited before the next chunk is written.
      writing.catch(() => undefined)
      copied += rows.length
      rows = []
    }
    const records = createReadStream(path, { highWaterMark: 256 * 1024 }).pipe(parse({ columns: true }))
    for await (const record of records as AsyncIterable<Texts>) {
      rows.push(typed ? typedRow(record) : { ...record, email: record.email || null, note: record.note || null })
      if (rows.length === chunkSize) await write()
    }
    if (rows.length > 0) await write()
    await writing
    return copied
  } finally {
    await client.end()
  }
}

function typedRow({ id, name, created, score, email, note }: Texts): SourceRow {
  const numbers = { id: Number(id), score: Number(score) }
  return { ...numbers, name, created: new Date(created), email: email || null, note: note || null }
}

/** The next page is read while this one is written. */
export async function tableToFileByHand(url: string, path: string, chunkSize: number): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const file = await open(path, 'w')
  try {
    await file.write(`${COLUMNS.join(',')}\n`)
    const query = `SELECT ${COLUMNS.join(', ')} FROM source WHERE id > $2 ORDER BY id LIMIT $1`
    const read = async (after: unknown): Promise<readonly SourceRow[]> =>
      (await client.query<SourceRow>(query, [chunkSize, after])).rows
    let copied = 0
    let next = read(0)
    for (;;) {
      const rows = await next
      const last = rows.at(-1)
      if (last === undefined) return copied
      next = read(last.id)
      next.catch(() => undefined)
      await file.write(rows.map((row) => `${COLUMNS.map((column) => field(row[column])).join(',')}\n`).join(''))
      copied += rows.length
    }
  } finally {
    await Promise.all([file.close(), client.end()])
  }
}

function field(value: string | number | Date | null): string {
  if (value === null) return ''
  const text = value instanceof Date ? value.toISOString() : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
