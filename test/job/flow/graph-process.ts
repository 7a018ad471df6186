// A process of its own that runs a graph and kills itself in one of its nodes. Says the name of each node that has run.
import { writeSync } from 'node:fs'
import pg from 'pg'
import { JobOperator } from '../../../src/index.js'
import { PostgresJobRepository } from '../../../src/postgres.js'
import { graphJob, World } from './graph-job.js'
import type { GraphOrder } from './graph-order.js'

const { url, graph, jobName, calls, death } = JSON.parse(process.argv[2] ?? '') as GraphOrder
const pool = new pg.Pool({ connectionString: url, max: 4 })
pool.on('error', () => undefined)

const world = new World(new Map(calls))
let count = 0
world.onCall = (name, side) => {
  // Written at once: what is still in a buffer dies with the process.
  if (side === 'after') writeSync(1, `${name}\n`)
  if (count === death.at && side === death.side) process.kill(process.pid, 'SIGKILL')
  if (side === 'after') count++
}
const operator = new JobOperator({ repository: new PostgresJobRepository({ pool }) })
await operator.run(graphJob(graph, jobName, world))
await operator.close()
await pool.end()
