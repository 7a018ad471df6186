import type { Pool } from 'pg'

/** The tables of the example. `candidates` has no unique key, so that a row written twice would be there twice. */
const TABLES = `
  create table if not exists users (
    user_name  text primary key,
    last_login timestamptz not null,
    opted_out  boolean not null default false
  );
  create table if not exists candidates (
    user_name  text not null,
    last_login timestamptz not null,
    reason     text not null
  );`

// One login an hour and user, going back from a fixed day, over a year: about half of the users are inactive. The same
// users every time. Every seventh has opted out.
const USERS = `
  insert into users (user_name, last_login, opted_out)
  select 'user' || lpad(i::text, 7, '0'),
         timestamptz '2026-06-21 00:00:00+00' - (i * 7919::bigint % 8760) * interval '1 hour',
         i % 7 = 0
  from generate_series(1, $1::bigint) as i
  on conflict do nothing`

/** Makes the tables if they are not there. */
export async function createTables(pool: Pool): Promise<void> {
  await pool.query(TABLES)
}

/** Fills `users` with `count` users, the same ones every time. */
export async function insertUsers(pool: Pool, count: number): Promise<void> {
  await pool.query(USERS, [count])
  await pool.query('analyze users')
}
