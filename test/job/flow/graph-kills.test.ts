import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { JobOperator } from 'chunkwise'
import { PostgresJobRepository } from 'chunkwise/postgres'
import fc from 'fast-check'
import type pg from 'pg'
import { expect, it } from 'vitest'
import { migratedDatabase } from '../../support/databases.js'
import { graphJob, World } from './graph-job.js'
import type { GraphOrder } from './graph-order.js'
import { graphs } from './graph-spec.js'
import { deaths, type Runner, Trial } from './graph-trial.js'

const WORKER = fileURLToPath(new URL('./graph-process.ts', import.meta.url))
let kills = 0

/** Runs in a process of its own that kills itself in one of its nodes. */
const killed =
  (url: string): Runner =>
  async ({ repository, graph, jobName, calls, death }) => {
    if (death === undefined) {
      await using operator = new JobOperator({ repository })
      await operator.run(graphJob(graph, jobName, new World(calls)))
      return true
    }
    const order: GraphOrder = { url, graph, jobName, calls: [...calls], death }
    const command = ['--import', 'tsx', WORKER, JSON.stringify(order)]
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
    createInterface(child.stdout).on('line', (name) => calls.set(name, (calls.get(name) ?? 0) + 1))
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    expect([code, signal]).toContain(signal === null ? 0 : 'SIGKILL')
    if (signal !== null) kills++
    return signal === null
  }

it('random graphs in processes that are killed in a node run each node as often as the rules say', async () => {
  const prepare = (pool: pg.Pool): Promise<void> => new PostgresJobRepository({ pool }).initializeSchema()
  const database = await migratedDatabase(prepare, 'launch')
  const repository = new PostgresJobRepository({ pool: database.pool({ max: 4 }) })
  const large = graphs.filter((graph) => JSON.stringify(graph).split('"node"').length > 15)
  const dies = deaths.map((all) => [...all.slice(0, 2), { at: 2, side: 'after' as const }])
  await fc.assert(
    fc.asyncProperty(large, dies, async (graph, some) => {
      await new Trial(repository, graph, killed(database.url)).run(some)
    }),
    { numRuns: 8, endOnFailure: true },
  )
  expect(kills).toBeGreaterThan(0)
}, 240_000)
