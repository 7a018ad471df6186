// A process of its own that runs one job, whose one step does what it is told. Says what happens, line by line.
import mysql from 'mysql2/promise'
import pg from 'pg'
import { JobExecutionAlreadyRunningError, job, JobOperator, type Step } from '../../src/index.js'
import { MysqlJobRepository } from '../../src/mysql.js'
import { PostgresJobRepository } from '../../src/postgres.js'
import type { JobProcessOrder } from './job-process-order.js'

const order = JSON.parse(process.argv[2] ?? '') as JobProcessOrder
const say = (line: string): void => console.log(line)
const pool = order.url.startsWith('mysql:')
  ? mysql.createPool({ uri: order.url, connectionLimit: 4 })
  : new pg.Pool({ connectionString: order.url, max: 4 })
if (pool instanceof pg.Pool) pool.on('error', () => undefined)

const step: Step<unknown> = {
  name: 'only',
  allowStartIfComplete: false,
  startLimit: undefined,
  listeners: [],
  async execute({ context: { signal } }) {
    if (order.step === 'dies') process.kill(process.pid, 'SIGKILL')
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    say('running')
    await aborted
    say('aborted')
    if (order.step === 'stubborn') await new Promise(() => undefined)
    // It ends when it is told to, on its standard input.
    if (order.step === 'asks') await new Promise((resolve) => process.stdin.once('data', resolve))
    throw signal.reason
  },
}

const operator = new JobOperator({
  repository: pool instanceof pg.Pool ? new PostgresJobRepository({ pool }) : new MysqlJobRepository({ pool }),
  ownerGrace: '100ms',
  stopPollInterval: '50ms',
  handleSignals: order.handleSignals === true,
})
if (order.grace !== undefined) {
  process.once('SIGTERM', () => {
    void operator.shutdown({ grace: order.grace as number }).then(async ({ givenUp }) => {
      say(`given up ${givenUp.length}`)
      process.exit(0)
    })
  })
}
const made = job('told', { maxCrashes: 3 }).start(step).build()
for (;;) {
  try {
    const handle = await operator.start(made)
    say(`started ${handle.execution.id}`)
    const { status, failures } = await handle.result
    say(`ended ${status} ${(failures[0] as { code?: string } | undefined)?.code ?? ''}`.trim())
    break
  } catch (error) {
    // The server may need a moment to see that the one before us is dead.
    if (!(error instanceof JobExecutionAlreadyRunningError)) throw error
  }
}
await operator.close()
await pool.end()
process.stdin.destroy()
