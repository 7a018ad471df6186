import type { Pool } from 'mysql2/promise'

/** The tables of the example. `candidates` has no unique key, so that a row written twice would be there twice. */
const TABLES = [
  `create table if not exists users (
    user_name  varchar(40) primary key,
    last_login datetime(6) not null,
    opted_out  boolean not null default false
  ) character set utf8mb4`,
  `create table if not exists candidates (
    user_name  varchar(40) not null,
    last_login datetime(6) not null,
    reason     varchar(200) not null
  ) character set utf8mb4`,
]

// The same users as in PostgreSQL. A recursive query would need a setting that MySQL and MariaDB name differently.
const USERS = `
  insert into users (user_name, last_login, opted_out)
  with digits (d) as (${Array.from({ length: 10 }, (_, digit) => `select ${digit}`).join(' union all ')}),
       numbers (i) as (
         select 1 + a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 100000 * f.d
         from digits a, digits b, digits c, digits d, digits e, digits f
       )
  select concat('user', lpad(i, 7, '0')), timestamp '2026-06-21 00:00:00' - interval (i * 7919 % 8760) hour, i % 7 = 0
  from numbers where i <= ?`

/** Makes the tables if they are not there. */
export async function createTables(pool: Pool): Promise<void> {
  for (const table of TABLES) await pool.query(table)
}

/** Fills `users` with `count` users, the same ones every time. At most a million. */
export async function insertUsers(pool: Pool, count: number): Promise<void> {
  await pool.query(USERS, [count])
  await pool.query('analyze table users')
}
