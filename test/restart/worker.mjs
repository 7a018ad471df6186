// A process that copies `source` into `target` and can be killed at any moment. Written against the package as it is
// published; started by supervisor.ts. Its one argument is a WorkerOrder as JSON.
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import {
  chunkStep,
  job,
  JobExecutionAlreadyRunningError,
  JobInstanceAlreadyCompleteError,
  JobOperator,
  PoolTaskExecutor,
} from 'chunkwise'
import { PostgresBatchItemWriter, PostgresJobRepository, PostgresPagingItemReader } from 'chunkwise/postgres'

/** @type {import('./supervisor.js').WorkerOrder} */
const order = JSON.parse(process.argv[2])
const { death } = order
const pool = new pg.Pool({ connectionString: order.url, max: 5 })
pool.on('error', () => {})
/** Whether the next COMMIT is the deadly one. */
let armed = false
if (death?.moment === 'before-commit' || death?.moment === 'after-commit-is-sent') watchForCommit()

async function main() {
  const repository = new PostgresJobRepository({ pool })
  const operator = new JobOperator({ repository, leaseDuration: order.leaseDuration ?? '10s', ownerGrace: '100ms' })
  try {
    say('ready')
    const handle = await startOnceFree(operator, copyJob())
    say('started')
    const { status, exitStatus } = await handle.result
    say(`ended ${status} ${exitStatus.exitDescription.replaceAll('\n', ' ')}`)
  } catch (error) {
    if (!(error instanceof JobInstanceAlreadyCompleteError)) throw error
    say('ended REFUSED it is complete')
  } finally {
    await operator.close()
  }
}

/** The server may need a moment to see that the one before us is dead. */
async function startOnceFree(operator, copy) {
  for (;;) {
    try {
      return await operator.start(copy)
    } catch (error) {
      if (!(error instanceof JobExecutionAlreadyRunningError)) throw error
      say('held')
      await delay(50)
    }
  }
}

function copyJob() {
  const { concurrency, chunkSize } = order
  const copy = chunkStep('copy', {
    chunkSize,
    reader: () =>
      new PostgresPagingItemReader({ pool, select: 'id, payload', from: 'source', sortKeys: { id: 'asc' } }),
    processor: async ({ id, payload }) => {
      // Chunks overtake one another in processing.
      if (Number(id) % 7 === 0) await nextTurn()
      return Number(id) % 5 === 0 ? null : { id, payload: payload.toUpperCase() }
    },
    writer: new DeadlyWriter(new PostgresBatchItemWriter({ pool, table: 'target', columns: ['id', 'payload'] })),
    ...(concurrency === 1 ? {} : { taskExecutor: new PoolTaskExecutor({ corePoolSize: concurrency }) }),
    listeners: [
      {
        // Kept from completing before the supervisor has killed it, however slow the machine is.
        beforeChunk: ({ index }) => (index >= (order.holdAt ?? Infinity) ? new Promise(() => {}) : undefined),
        afterChunk: ({ index }) => {
          say(`chunk ${index}`)
          if (death?.moment === 'after-chunk' && index === death.chunk) die()
        },
      },
    ],
  })
  return job('copy').start(copy).build()
}

/** Writes, and ends this process before or after it in the chunk that the order names. */
class DeadlyWriter {
  transactional = true
  pool = pool
  #writer
  #chunk = 0

  constructor(writer) {
    this.#writer = writer
  }

  async write(items, context) {
    const dies = this.#chunk++ === death?.chunk
    if (dies && death.moment === 'before-write') die()
    await this.#writer.write(items, context)
    if (!dies || death.moment === 'after-chunk') return
    if (death.moment === 'after-write') {
      // Asking for the client sends what is queued, so the rows are with the server, uncommitted.
      await context.transaction.client.query('select 1')
      die()
    }
    armed = true
  }
}

/** Dies just before the bytes of a COMMIT go out, or just after. */
function watchForCommit() {
  pool.on('connect', (client) => {
    const { stream } = client.connection
    const write = stream.write.bind(stream)
    stream.write = (data, ...rest) => {
      const isDeadly = armed && Buffer.from(data).includes('COMMIT')
      if (isDeadly) armed = false
      if (isDeadly && death.moment === 'before-commit') die()
      const flushed = write(data, ...rest)
      if (isDeadly && death.moment === 'after-commit-is-sent') setImmediate(die)
      return flushed
    }
  })
}

function die() {
  say('dying')
  process.kill(process.pid, death?.signal ?? 'SIGKILL')
}

function say(line) {
  process.stdout.write(`${line}\n`)
}

try {
  await main()
} finally {
  await pool.end()
}
