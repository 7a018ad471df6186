import { setTimeout as delay } from 'node:timers/promises'
import { type AnyPool, ask } from '../support/sql-databases.js'

/** Looks all the time at how many executions of an instance are alive. */
export interface LiveWatch {
  /** Ends it. Resolves with the most that were alive at one moment, and how often it has looked. */
  stop(): Promise<{ readonly most: number; readonly looks: number }>
}

/** Starts looking. While the server is away, nothing is seen. */
export function watchLiveExecutions(pool: AnyPool): LiveWatch {
  let most = 0
  let looks = 0
  let watching = true
  const look = async (): Promise<void> => {
    const [row] = await ask(
      pool,
      `select coalesce(max(alive), 0) as most from (
        select count(*) as alive from BATCH_JOB_EXECUTION
        where status in ('STARTING', 'STARTED', 'STOPPING') group by job_instance_id) as instances`,
    )
    most = Math.max(most, Number(row?.['most']))
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
