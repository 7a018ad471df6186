import type pg from 'pg'

const DEFINITION =
  'id bigint NOT NULL, name text NOT NULL, created timestamptz NOT NULL, score int NOT NULL, email text, note text'

/** Makes the source table of `rows` rows, as a nightly job would find it, and an empty target. */
export async function makeTables(pool: pg.Pool, rows: number): Promise<void> {
  await pool.query(`DROP TABLE IF EXISTS source; CREATE TABLE source (${DEFINITION}, PRIMARY KEY (id))`)
  await pool.query(
    `INSERT INTO source SELECT i, 'user ' || i, timestamptz '2024-01-01' + i * interval '17.123 seconds', i % 1000,
       'user' || i || '@example.com', CASE WHEN i % 10 = 0 THEN NULL ELSE 'a "note", of user ' || i END
     FROM generate_series(1, $1::bigint) AS i`,
    [rows],
  )
  await pool.query('VACUUM ANALYZE source')
  await makeTarget(pool)
}

/** Makes an empty target table. */
export async function makeTarget(pool: pg.Pool): Promise<void> {
  await pool.query(`DROP TABLE IF EXISTS target; CREATE TABLE target (${DEFINITION})`)
}

/** Throws unless the target has the source's rows: as many, and the same sum of their hashes. */
export async function checkTarget(pool: pg.Pool): Promise<void> {
  const sum = (table: string): string =>
    `(SELECT count(*) || ' ' || sum(hashtextextended(t::text, 0)) FROM ${table} AS t)`
  const { rows } = await pool.query<{ source: string; target: string }>(
    `SELECT ${sum('source')} AS source, ${sum('target')} AS target`,
  )
  if (rows[0]?.source !== rows[0]?.target) throw new Error(`the copy is wrong: ${JSON.stringify(rows)}`)
}
