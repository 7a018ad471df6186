import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Worker } from './supervisor.js'

/** Makes the server sleep 1.2 seconds inside a COMMIT, once: of the first transaction that writes this row. */
export async function sleepInCommit(pool: pg.Pool, id: number): Promise<void> {
  await pool.query(`
    create sequence sleeps;
    create function sleep_once() returns trigger language plpgsql as $$
    begin
      if nextval('sleeps') = 1 then perform pg_sleep(1.2); end if;
      return null;
    end $$;
    create constraint trigger slow_commit after insert on target deferrable initially deferred
      for each row when (new.id = ${id}) execute function sleep_once()`)
}

/** Resolves with the process id of the session that sleeps in its COMMIT; rejects when the worker ends before. */
export async function untilAsleep(pool: pg.Pool, worker: Worker): Promise<number> {
  const asleep = "select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"
  const look = async (): Promise<number> => {
    for (;;) {
      const { rows } = await pool.query<{ pid: number }>(asleep)
      if (rows[0] !== undefined) return rows[0].pid
      await delay(5)
    }
  }
  const end = await Promise.race([look(), worker.ended])
  if (typeof end !== 'number') throw new Error(`the worker ended before its commit slept: ${end.said.at(-1)}`)
  return end
}
