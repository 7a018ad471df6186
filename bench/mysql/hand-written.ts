import { rm } from 'node:fs/promises'
import mysql from 'mysql2/promise'
import type { SourceRow } from '../copy-case.js'
import { COLUMNS } from '../tables.js'

const SELECT = `SELECT ${COLUMNS.join(', ')} FROM source`

/**
 * The loop one would write by hand with care: the next page is read while this one is written, one prepared insert of many
 * rows a chunk. No checkpoint, no counters, no restart.
 */
export async function copyByHand(url: string, chunkSize: number): Promise<number> {
  return copySideBySide(url, chunkSize, 1)
}

/** The same with several transactions side by side, each on a connection of its own. Their order is nobody's business. */
export async function copySideBySide(url: string, chunkSize: number, side: number): Promise<number> {
  const reader = await mysql.createConnection(url)
  const writers = await Promise.all(Array.from({ length: side }, () => mysql.createConnection(url)))
  try {
    let copied = 0
    let next = readPage(reader, chunkSize, undefined)
    const work = async (writer: mysql.Connection): Promise<void> => {
      for (;;) {
        const taken = next
        const page = await taken
        // Another writer may have taken the page meanwhile: wait for the one behind it.
        if (next !== taken) continue
        const last = page.at(-1)
        if (last === undefined) return
        next = readPage(reader, chunkSize, last.id)
        next.catch(() => undefined)
        await writer.query('START TRANSACTION')
        await writer.execute(insertOf(page.length), valuesOf(page))
        await writer.query('COMMIT')
        copied += page.length
      }
    }
    await Promise.all(writers.map(work))
    return copied
  } finally {
    await Promise.all([reader, ...writers].map((connection) => connection.end()))
  }
}

/** The limit: the server writes the ordered rows into a file of its own and loads them from there. No client at all. */
export async function outfileAndLoadData(url: string): Promise<number> {
  const file = process.env['BENCH_OUTFILE'] ?? ''
  const connection = await mysql.createConnection(url)
  try {
    await connection.query(`${SELECT} ORDER BY id INTO OUTFILE ?`, [file])
    const [{ affectedRows }] = await connection.query<mysql.ResultSetHeader>(
      `LOAD DATA INFILE ? INTO TABLE target (${COLUMNS.join(', ')})`,
      [file],
    )
    return affectedRows
  } finally {
    await connection.end()
    await rm(file, { force: true })
  }
}

/** Rows as objects with values of their types, as user code wants them. */
async function readPage(
  connection: mysql.Connection,
  size: number,
  after: SourceRow['id'] | undefined,
): Promise<readonly SourceRow[]> {
  const [rows] =
    after === undefined
      ? await connection.execute(`${SELECT} ORDER BY id LIMIT ?`, [String(size)])
      : await connection.execute(`${SELECT} WHERE id > ? ORDER BY id LIMIT ?`, [after, String(size)])
  return rows as unknown as readonly SourceRow[]
}

function insertOf(rows: number): string {
  const row = `(${COLUMNS.map(() => '?').join(',')})`
  return `INSERT INTO target (${COLUMNS.join(', ')}) VALUES ${row}${`,${row}`.repeat(rows - 1)}`
}

function valuesOf(page: readonly SourceRow[]): SourceRow[keyof SourceRow][] {
  const values: SourceRow[keyof SourceRow][] = []
  for (const row of page) for (const column of COLUMNS) values.push(row[column])
  return values
}
