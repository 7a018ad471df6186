import type pg from 'pg'
import { expect, vi } from 'vitest'

const GATE = 7_700_077

/** A place where commits of transactions that insert into or update a table wait, until it is opened. */
export interface CommitGate {
  /** Waits until a commit stands before the gate, and resolves with the process id of its backend. */
  readonly waiting: () => Promise<number>
  /** Lets all commits pass, now and later. */
  readonly open: () => Promise<void>
}

/** Builds a gate with a deferred trigger on `table`; it is closed at first. */
export async function commitGate(pool: pg.Pool, table: string): Promise<CommitGate> {
  await pool.query(`
    create or replace function gate() returns trigger language plpgsql as
      'begin perform pg_advisory_xact_lock_shared(${GATE}); return null; end';
    create constraint trigger gate after insert or update on ${table} deferrable initially deferred
      for each row execute function gate()`)
  const keeper = await pool.connect()
  await keeper.query('select pg_advisory_lock($1)', [GATE])
  return {
    waiting: () => waitingFor(pool, `locktype = 'advisory' and objid = ${GATE}`),
    async open() {
      await keeper.query('select pg_advisory_unlock($1)', [GATE])
      keeper.release()
    },
  }
}

/** Waits until a backend waits for a lock that fits `condition` on pg_locks, and resolves with its process id. */
export async function waitingFor(pool: pg.Pool, condition: string): Promise<number> {
  return vi.waitFor(
    async () => {
      const { rows } = await pool.query<{ pid: number }>(
        `select pid from pg_locks where not granted and (${condition}) and pid in
          (select pid from pg_stat_activity where datname = current_database())`,
      )
      expect(rows).toHaveLength(1)
      return rows[0]?.pid as number
    },
    { timeout: 10_000, interval: 10 },
  )
}

/** Notes the clients of a pool, so that a test can cut the connection of a backend on this side. */
export function cutter(pool: pg.Pool): (pid: number) => void {
  const clients: { readonly processID: number; readonly connection: { readonly stream: { destroy(): void } } }[] = []
  pool.on('connect', (client) => clients.push(client as never))
  return (pid) => clients.find(({ processID }) => processID === pid)?.connection.stream.destroy()
}
