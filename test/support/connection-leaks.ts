import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'

interface Connection {
  readonly pid: number
  readonly application: string
  readonly state: string | null
  readonly query: string
}

/**
 * Checks, over a connection to another database, that nothing holds a transaction open in `database`, closes `pools`
 * and checks that nobody stays connected; for each it waits up to `patience` milliseconds. Throws with what the
 * connections last ran.
 */
export async function assertNoLeaks(
  client: pg.Client,
  database: string,
  pools: readonly pg.Pool[],
  patience: number,
): Promise<void> {
  const inTransaction = await untilNone(client, database, patience, `state like 'idle in transaction%'`)
  const kept = (await Promise.all(pools.map((pool) => disconnect(pool, patience)))).filter((count) => count > 0)
  const connected = await untilNone(client, database, patience, 'true')
  const complaints = [
    ...inTransaction.map((connection) => `idle in transaction: ${describe(connection)}`),
    ...kept.map((count) => `${count} client(s) were never released to their pool`),
    ...connected.map((connection) => `still connected: ${describe(connection)}`),
  ]
  if (complaints.length > 0) throw new Error(`Connections leak in this test file:\n  ${complaints.join('\n  ')}`)
}

/** Ends a pool. A client that is checked out would keep it waiting: resolves to how many there were after `patience`. */
export async function disconnect(pool: pg.Pool, patience: number): Promise<number> {
  if (pool.ended) return 0
  const ended = pool.ending ? Promise.resolve() : pool.end()
  const timer = new AbortController()
  const late = delay(patience, undefined, { signal: timer.signal }).catch(() => undefined)
  await Promise.race([ended, late])
  timer.abort()
  return pool.totalCount
}

async function untilNone(
  client: pg.Client,
  database: string,
  patience: number,
  condition: string,
): Promise<readonly Connection[]> {
  const until = Date.now() + patience
  for (;;) {
    const { rows } = await client.query<Connection>(
      `select pid, application_name as application, state, query from pg_stat_activity
       where datname = $1 and backend_type = 'client backend' and ${condition}`,
      [database],
    )
    if (rows.length === 0 || Date.now() > until) return rows
    await delay(20)
  }
}

function describe({ pid, application, state, query }: Connection): string {
  return `process ${pid} ${application === '' ? '' : `(${application}) `}${state ?? 'without state'}, last query: ${query}`
}
