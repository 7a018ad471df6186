// A process that copies `source` into `target` and can be killed at any moment. Written against the package as it is
// published; started by supervisor.ts. Its one argument is a WorkerOrder as JSON.
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import pg from 'pg'
import {
  BatchError,
  chunkStep,
  job,
  JobExecutionAlreadyRunningError,
  JobInstanceAlreadyCompleteError,
  JobOperator,
  partitionStep,
  PoolTaskExecutor,
} from 'chunkwise'
import {
  MysqlBatchItemWriter,
  MysqlJobRepository,
  MysqlKeyRangePartitioner,
  MysqlPagingItemReader,
} from 'chunkwise/mysql'
import {
  partitionRange,
  PostgresBatchItemWriter,
  PostgresJobRepository,
  PostgresKeyRangePartitioner,
  PostgresPagingItemReader,
} from 'chunkwise/postgres'

/** @type {import('./supervisor.js').WorkerOrder} */
const order = JSON.parse(process.argv[2])
const { death } = order
const isMysql = order.url.startsWith('mysql:')
const [Repository, Reader, Writer, KeyRangePartitioner] = isMysql
  ? [MysqlJobRepository, MysqlPagingItemReader, MysqlBatchItemWriter, MysqlKeyRangePartitioner]
  : [PostgresJobRepository, PostgresPagingItemReader, PostgresBatchItemWriter, PostgresKeyRangePartitioner]
const pool = isMysql
  ? mysql.createPool({
      uri: order.url,
      connectionLimit: order.pool?.max ?? 5,
      waitForConnections: order.pool?.waitForConnections ?? true,
    })
  : new pg.Pool({ connectionString: order.url, max: 5, ...order.pool })
if (!isMysql) pool.on('error', () => {})
/** Whether the next COMMIT is the deadly one. */
let armed = false
let exhausted
if (death?.moment === 'before-commit' || death?.moment === 'after-commit-is-sent') watchForCommit()

const log = { warnings: 0, texts: {} }
const logger = { debug() {}, info() {}, warn: count, error: count }

function count(_fields, text) {
  log.warnings++
  log.texts[text] = (log.texts[text] ?? 0) + 1
}

async function main() {
  const repository = new Repository({ pool })
  const leaseDuration = order.leaseDuration ?? '10s'
  const operator = new JobOperator({ repository, leaseDuration, ownerGrace: '100ms', logger })
  const started = performance.now()
  try {
    say('ready')
    const { status, exitStatus } = await (order.keepGoing ? untilComplete : once)(operator, copyJob())
    const seconds = (performance.now() - started) / 1000
    await exhausted
    say(`logged ${JSON.stringify({ ...log, seconds })}`)
    say(`ended ${status} ${exitStatus.exitDescription.replaceAll('\n', ' ')}`)
  } catch (error) {
    if (!(error instanceof JobInstanceAlreadyCompleteError)) throw error
    say('ended REFUSED it is complete')
  } finally {
    await operator.close()
  }
}

async function once(operator, copy) {
  const handle = await startOnceFree(operator, copy)
  say('started')
  return handle.result
}

/** As a host does that restarts its failed jobs: this process lives, whatever happens to its connections. */
async function untilComplete(operator, copy) {
  for (;;) {
    try {
      const execution = await once(operator, copy)
      if (execution.status === 'COMPLETED') return execution
      say(`restarts ${execution.exitStatus.exitDescription.split('\n')[0]}`)
    } catch (error) {
      // No error of the driver leaks, and those of a database that is away say so.
      if (!(error instanceof BatchError) || !(error.transient || error.code === 'BATCH_COMMIT_OUTCOME_UNKNOWN')) {
        throw error
      }
      say(`refused ${error.message}`)
    }
    await delay(20)
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
  const { concurrency, chunkSize, commitOrder } = order
  const source = { pool, from: 'source', sortKeys: { id: 'asc' } }
  const copy = chunkStep('copy', {
    chunkSize,
    reader: (context) => {
      const range = order.partitions === undefined ? {} : { range: partitionRange(context) }
      return new Reader({ ...source, select: 'id, payload', ...range })
    },
    processor: async ({ id, payload }) => {
      if (death?.moment === 'in-process' && Number(id) === within(chunkSize)) die()
      // Chunks overtake one another in processing.
      if (Number(id) % 7 === 0) await nextTurn()
      return Number(id) % 5 === 0 ? null : { id, payload: payload.toUpperCase() }
    },
    writer: new DeadlyWriter(new Writer({ pool, table: 'target', columns: ['id', 'payload'] })),
    ...(concurrency === 1 ? {} : { taskExecutor: new PoolTaskExecutor({ corePoolSize: concurrency }) }),
    ...(commitOrder === undefined ? {} : { commitOrder }),
    ...(order.chunkTimeout === undefined ? {} : { timeout: { chunk: order.chunkTimeout } }),
    ...(order.skipLimit === undefined ? {} : { skip: { limit: order.skipLimit, on: ['check'], to: deadLetters() } }),
    listeners: [
      {
        // Kept from completing before the supervisor has killed it, however slow the machine is.
        beforeChunk: ({ index }) => (index >= (order.holdAt ?? Infinity) ? new Promise(() => {}) : undefined),
        ...(death?.moment === 'in-read' ? { afterRead: ({ id }) => Number(id) === within(chunkSize) && die() } : {}),
        afterChunk: async ({ index }) => {
          say(`chunk ${index}`)
          if (death?.moment === 'after-chunk' && index === death.chunk) die()
          if (order.pace !== undefined) await delay(order.pace)
          if (index === order.exhaustAfter) exhausted ??= exhaust()
        },
      },
    ],
  })
  // It is killed more often than a job that kills its process would be let run.
  return job('copy', { maxCrashes: 1_000 })
    .start(order.partitions === undefined ? copy : inPartitions(copy, source))
    .build()
}

/** Cuts the source into as many partitions as the order says. */
function inPartitions(step, source) {
  const { count, gridSize } = order.partitions
  const ranges = new KeyRangePartitioner(source)
  const partitioner = (_gridSize, context) => {
    say('asked')
    return ranges.partition(count, context)
  }
  return partitionStep('copy', { partitioner, step, gridSize })
}

/** What else lives in this process takes every connection that it can get, and keeps each for a while. */
async function exhaust() {
  const hold = async () => {
    const client = await (isMysql ? pool.getConnection() : pool.connect())
    await delay(300)
    client.release()
  }
  await Promise.allSettled(Array.from({ length: 16 }, hold))
  say('exhausted')
}

/** The second item of the deadly chunk: numbers go from 1 without gaps. */
function within(chunkSize) {
  return death.chunk * chunkSize + 2
}

function deadLetters() {
  const columns = { id: ({ item }) => item.id, phase: 'phase' }
  return new Writer({ pool, table: 'dead', columns })
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
  pool.on(isMysql ? 'connection' : 'connect', (client) => {
    const { stream } = isMysql ? client : client.connection
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
