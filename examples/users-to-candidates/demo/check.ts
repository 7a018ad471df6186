import type { DemoDatabase } from './database.js'

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
  select sum(wanted)                                                as expected,
         sum(case when wanted = 1 and found = 1 then 1 else 0 end)  as once,
         sum(case when found = 0 then 1 else 0 end)                 as missing,
         sum(case when found > 1 then 1 else 0 end)                 as doubled,
         sum(case when wanted = 0 then 1 else 0 end)                as unexpected
  from (
    select user_name, sum(wanted) as wanted, sum(found) as found
    from (
      select user_name, 1 as wanted, 0 as found from users where last_login < :before and not opted_out
      union all
      select user_name, 0, 1 from candidates
    ) as each_row
    group by user_name
  ) as each_name`

/** Compares `candidates` with what `users` asks for, in SQL and without a word to the library. */
export async function checkCandidates(database: DemoDatabase): Promise<Check> {
  const row = await database.row(CHECK)
  return {
    expected: Number(row['expected']),
    exactlyOnce: Number(row['once']),
    missing: Number(row['missing']),
    doubled: Number(row['doubled']),
    unexpected: Number(row['unexpected']),
  }
}

/** Whether every candidate is there exactly once, and nobody else. */
export function holds(check: Check): boolean {
  return check.expected > 0 && check.exactlyOnce === check.expected && check.doubled + check.unexpected === 0
}
