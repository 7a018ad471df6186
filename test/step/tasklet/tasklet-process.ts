// A process of its own that runs a job of one tasklet and kills itself when it is told to. Says what happens, line by line.
import pg from 'pg'
import {
  job,
  JobExecutionAlreadyRunningError,
  JobOperator,
  type TaskletContext,
  taskletStep,
} from '../../../src/index.js'
import { PostgresJobRepository } from '../../../src/postgres.js'
import { CALLS, type TaskletProcessOrder } from './tasklet-process-order.js'

const { url, death } = JSON.parse(process.argv[2] ?? '') as TaskletProcessOrder
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const die = (): void => void process.kill(process.pid, 'SIGKILL')
const pool = new pg.Pool({ connectionString: url, max: 3 })
pool.on('error', () => undefined)

/** Whether the next COMMIT is the deadly one. */
let armed = false
pool.on('connect', (client) => {
  const { stream } = (client as unknown as { connection: { stream: { write(...args: unknown[]): boolean } } })
    .connection
  const write = stream.write.bind(stream)
  stream.write = (data, ...rest) => {
    const isDeadly = armed && Buffer.from(data as Buffer).includes('COMMIT')
    if (isDeadly && death?.moment === 'before its commit') die()
    const flushed = write(data, ...rest)
    if (isDeadly) setImmediate(die)
    return flushed
  }
})

/** Writes the number of the call into `target`. */
const write = taskletStep(
  'write',
  async ({ transaction, executionContext, key }: TaskletContext) => {
    const call = (executionContext.get<number>('call') ?? 0) + 1
    if (call === (death?.call ?? 0) + 1 && death?.moment === 'behind it') die()
    executionContext.put('call', call)
    await (transaction.client as pg.PoolClient).query('insert into target (value) values ($1)', [call])
    say(`key ${key}`)
    if (call === death?.call) {
      if (death.moment === 'inside') die()
      armed = true
    }
    return call < CALLS ? 'CONTINUABLE' : 'FINISHED'
  },
  {
    transactional: true,
    listeners: [{ afterStep: () => (death?.moment === 'behind it' && death.call === CALLS ? die() : undefined) }],
  },
)

const operator = new JobOperator({ repository: new PostgresJobRepository({ pool }), ownerGrace: '100ms' })
const made = job('killed').start(write).build()
for (;;) {
  try {
    const { status, stepExecutions } = await operator.run(made)
    say(`ended ${status} ${stepExecutions[0]?.counts.commit}`)
    break
  } catch (error) {
    // The server may need a moment to see that the one before us is dead.
    if (!(error instanceof JobExecutionAlreadyRunningError)) throw error
  }
}
await operator.close()
await pool.end()
