import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import pg from 'pg'
import { COLUMNS } from '../tables.js'

/** A field in quotes where it has to be; nothing for null. */
const FIELDS = COLUMNS.map((column) => {
  const text = column === 'created' ? `to_char(created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` : column
  if (column !== 'note') return `coalesce(${text}::text, '')`
  return `coalesce('"' || replace(note, '"', '""') || '"', '')`
})

/** Writes the source table to a delimited file with a header, in the order of its key. */
export async function exportSource(url: string, path: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const file = createWriteStream(path)
  file.write(`${COLUMNS.join(',')}\n`)
  const lines = `SELECT id, concat_ws(',', ${FIELDS.join(', ')}) AS line FROM source WHERE id > $1 ORDER BY id LIMIT 10000`
  for (let last = '0'; ;) {
    const { rows } = await client.query<{ id: string; line: string }>(lines, [last])
    const end = rows.at(-1)
    if (end === undefined) break
    last = end.id
    file.write(rows.map(({ line }) => `${line}\n`).join(''))
  }
  file.end()
  await Promise.all([finished(file), client.end()])
}
