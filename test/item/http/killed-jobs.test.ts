import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { describe, expect, test } from 'vitest'
import { migratedDatabase } from '../../support/databases.js'
import { type Answer, sendJson, type ServedRequest, TestServer } from './test-server.js'

const ORDERS = 22
const PAGE = 5
const file = fileURLToPath(new URL('./http-job-process.ts', import.meta.url))

async function database(): Promise<{ readonly url: string; readonly pool: pg.Pool }> {
  const made = await migratedDatabase(async (pool: pg.Pool) => {
    await pool.query('create table target (id int)')
    await new PostgresJobRepository({ pool }).initializeSchema()
  }, 'http')
  return { url: made.url, pool: made.pool() }
}

/** Serves orders, and takes them. */
const answer: Answer = ({ method, url }, response) => {
  if (method === 'POST') return sendJson(response, {})
  const from = Number(url.searchParams.get('from') ?? 1)
  const orders = Array.from({ length: Math.max(0, Math.min(PAGE, ORDERS - from + 1)) }, (_, index) => ({
    id: from + index,
  }))
  const next = from + PAGE <= ORDERS ? `orders?from=${from + PAGE}` : null
  return sendJson(response, { orders, next })
}

/** Runs the job in processes one after another; each is killed by the request that `isDeadly` names, the last by none. */
async function runToTheEnd(
  sink: 'table' | 'service',
  isDeadly: (request: ServedRequest, run: number) => boolean,
  runs: number,
): Promise<{ readonly requests: readonly ServedRequest[]; readonly pool: pg.Pool }> {
  const { url, pool } = await database()
  let run = 0
  let kill: (() => void) | undefined
  await using server = await TestServer.start((request, response) => {
    if (kill !== undefined && run < runs && isDeadly(request, run)) {
      kill()
      kill = undefined
      return undefined
    }
    return answer(request, response)
  })
  for (; run <= runs; run++) {
    const child = spawn(process.execPath, ['--import', 'tsx', file, url, server.url, sink], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    kill = () => void child.kill('SIGKILL')
    let said = ''
    child.stdout.on('data', (text: Buffer) => (said += text.toString()))
    const [, signal] = (await once(child, 'close')) as [unknown, string | null]
    if (run < runs) expect(signal).toBe('SIGKILL')
    else expect(said.trim()).toBe('COMPLETED')
  }
  return { requests: server.requests, pool }
}

describe('a process that is killed while a service answers', { timeout: 60_000 }, () => {
  test('has its orders in the table once each, wherever it was killed', async () => {
    const { pool } = await runToTheEnd(
      'table',
      ({ url }, run) => url.search === ['?from=6', '?from=16', '?from=21'][run],
      3,
    )
    const { rows } = await pool.query<{ id: number }>('select id from target order by id')
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: ORDERS }, (_, index) => index + 1))
  })

  test('sends what it has sent before with the same idempotency keys', async () => {
    const deadly = ['{"id":2}', '{"id":7}', '{"id":20}']
    const { requests } = await runToTheEnd('service', ({ body }, run) => body === deadly[run], 3)
    const keys = new Map<string, Set<unknown>>()
    let sent = 0
    for (const { method, body, headers } of requests) {
      if (method !== 'POST') continue
      keys.set(body, (keys.get(body) ?? new Set()).add(headers['idempotency-key']))
      sent++
    }
    expect(keys.size).toBe(ORDERS)
    expect([...keys.values()].every((own) => own.size === 1)).toBe(true)
    expect(new Set([...keys.values()].flatMap((own) => [...own])).size).toBe(ORDERS)
    // Those of the chunks that were not committed came again.
    expect(sent).toBeGreaterThan(ORDERS)
  })
})
