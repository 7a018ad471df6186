import type mysql from 'mysql2/promise'
import { COLUMNS } from '../tables.js'

const DEFINITION =
  'id bigint NOT NULL, name text NOT NULL, created datetime(6) NOT NULL, score int NOT NULL, email text, note text'

/** Makes the source table of `rows` rows, as a nightly job would find it, and an empty target. */
export async function makeTables(pool: mysql.Pool, rows: number): Promise<void> {
  await pool.query('DROP TABLE IF EXISTS source')
  await pool.query(`CREATE TABLE source (${DEFINITION}, PRIMARY KEY (id))`)
  await pool.query(
    `INSERT INTO source
     WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 1000),
       pairs AS (SELECT (a.i - 1) * 1000 + b.i AS i FROM numbers AS a JOIN numbers AS b)
     SELECT i, CONCAT('user ', i), TIMESTAMPADD(SECOND, i * 17, '2024-01-01'), i % 1000, CONCAT('user', i, '@example.com'),
       IF(i % 10 = 0, NULL, CONCAT('a "note", of user ', i)) FROM pairs WHERE i <= ?`,
    [rows],
  )
  await pool.query('ANALYZE TABLE source')
  await makeTarget(pool)
}

/** Makes an empty target table. */
export async function makeTarget(pool: mysql.Pool): Promise<void> {
  await pool.query('DROP TABLE IF EXISTS target')
  await pool.query(`CREATE TABLE target (${DEFINITION})`)
}

/** Throws unless the target has the source's rows: as many, and the same sum of their hashes. */
export async function checkTarget(pool: mysql.Pool): Promise<void> {
  const hash = `CRC32(CONCAT_WS('|', ${COLUMNS.map((column) => `COALESCE(${column}, '-')`).join(', ')}))`
  const sum = (table: string): string => `(SELECT CONCAT(COUNT(*), ' ', SUM(${hash})) FROM ${table})`
  const [rows] = await pool.query<mysql.RowDataPacket[]>(
    `SELECT ${sum('source')} AS source, ${sum('target')} AS target`,
  )
  if (rows[0]?.['source'] !== rows[0]?.['target']) throw new Error(`the copy is wrong: ${JSON.stringify(rows)}`)
}
