import type pg from 'pg'
import { BEFORE } from './database.js'

/** How often the candidates that must be there are there. */
export interface Check {
  readonly expected: number
  readonly exactlyOnce: number
  readonly missing: number
  readonly doubled: number
  /** Rows of somebody who is no candidate. */
  readonly unexpected: number
}

const CHECK = `
  with expected as (select user_name from users where last_login < $1 and not opted_out),
       found as (select user_name, count(*) as times from candidates group by user_name)
  select count(expected.user_name)                                                   as expected,
         count(*) filter (where times = 1 and expected.user_name is not null)        as "exactlyOnce",
         count(*) filter (where times is null)                                       as missing,
         count(*) filter (where times > 1)                                           as doubled,
         count(*) filter (where expected.user_name is null)                          as unexpected
  from expected full join found using (user_name)`

/** Compares `candidates` with what `users` asks for, in SQL and without a word to the library. */
export async function checkCandidates(pool: pg.Pool): Promise<Check> {
  const { rows } = await pool.query<Record<keyof Check, string>>(CHECK, [BEFORE])
  const [row] = rows
  if (row === undefined) throw new Error('the check gave no row')
  const { expected, exactlyOnce, missing, doubled, unexpected } = row
  return {
    expected: Number(expected),
    exactlyOnce: Number(exactlyOnce),
    missing: Number(missing),
    doubled: Number(doubled),
    unexpected: Number(unexpected),
  }
}

/** Whether every candidate is there exactly once, and nobody else. */
export function holds(check: Check): boolean {
  return check.expected > 0 && check.exactlyOnce === check.expected && check.doubled + check.unexpected === 0
}
