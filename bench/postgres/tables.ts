import type pg from 'pg'

export const COLUMNS = ['id', 'name', 'created', 'score', 'email', 'note'] as const

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

/** Throws unless the target is the source, row for row. */
export async function checkTarget(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ missing: string; count: string }>(
    `SELECT (SELECT count(*) FROM (SELECT * FROM source EXCEPT ALL SELECT * FROM target) AS d) AS missing,
            (SELECT count(*) FROM target) - (SELECT count(*) FROM source) AS count`,
  )
  if (rows[0]?.missing !== '0' || rows[0].count !== '0') throw new Error(`the copy is wrong: ${JSON.stringify(rows)}`)
}
