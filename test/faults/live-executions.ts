import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'

/** Looks all the time at how many executions of an instance are alive. */
export interface LiveWatch {
  /** Ends it. Resolves with the most that were alive at one moment, and how often it has looked. */
  stop(): Promise<{ readonly most: number; readonly looks: number }>
}

/** Starts looking. While the server is away, nothing is seen. */
export function watchLiveExecutions(pool: pg.Pool): LiveWatch {
  let most = 0
  let looks = 0
  let watching = true
  const look = async (): Promise<void> => {
    const { rows } = await pool.query<{ most: number }>(`
      select coalesce(max(alive), 0)::int as most from (
        select count(*) as alive from batch_job_execution
        where status in ('STARTING', 'STARTED', 'STOPPING') group by job_instance_id) as instances`)
    most = Math.max(most, rows[0]?.most ?? 0)
    looks++
  }
  const watch = async (): Promise<void> => {
    while (watching) {
      await look().catch(() => undefined)
      await delay(10)
    }
  }
  const watched = watch()
  return {
    async stop() {
      watching = false
      await watched
      return { most, looks }
    },
  }
}
