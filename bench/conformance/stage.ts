import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { Host, type Program } from './host.js'
import type { Order } from './process.js'

/** What all processes of a stage are to open. */
export type StageOrder = Omit<Order, 'isFirst'>

/** A database with `source` and `target`, and processes that work on it. */
export class Stage {
  readonly #client: pg.Client
  readonly #hosts: Host[] = []
  readonly #program: Program
  readonly #order: StageOrder

  private constructor(client: pg.Client, program: Program, order: StageOrder) {
    this.#client = client
    this.#program = program
    this.#order = order
  }

  /** Makes the tables on an empty database. */
  static async open(program: Program, order: StageOrder, rows: number): Promise<Stage> {
    const client = new pg.Client({ connectionString: order.databaseUrl })
    await client.connect()
    const stage = new Stage(client, program, order)
    await stage.query('create table source (id int primary key)')
    // No key: what is written twice is to be seen.
    await stage.query('create table target (id int not null)')
    await stage.query('insert into source select generate_series(1, $1::int)', rows)
    return stage
  }

  /** Starts a process with the library in it. */
  async start(): Promise<Host> {
    const host = new Host(this.#program, { ...this.#order, isFirst: this.#hosts.length === 0 })
    this.#hosts.push(host)
    await host.ready()
    return host
  }

  /** Runs a statement on a connection of the one who watches; always the same connection. */
  async query(sql: string, ...values: readonly unknown[]): Promise<readonly Record<string, unknown>[]> {
    return (await this.#client.query<Record<string, unknown>>(sql, [...values])).rows
  }

  /** What `target` has, as far as it is committed: how many rows, how many ids of them, how many rows too many. */
  async target(): Promise<{ readonly rows: number; readonly ids: number; readonly twice: number }> {
    const [found] = await this.query('select count(*)::int as rows, count(distinct id)::int as ids from target')
    const { rows, ids } = found as { rows: number; ids: number }
    return { rows, ids, twice: rows - ids }
  }

  /** Kills what still runs, and ends the connection. */
  async close(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.kill()))
    await this.#client.end()
  }
}

/**
 * Asks again and again until the answer is true; resolves to whether it was. Gives up after `seconds`, and not before it has
 * asked some times for each of them: a machine that stands still meanwhile decides nothing.
 */
export async function eventually(ask: () => Promise<boolean>, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000
  for (let asked = 1; !(await ask()); asked++) {
    if (performance.now() > end && asked > seconds * 5) return false
    await delay(50)
  }
  return true
}
