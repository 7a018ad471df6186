// A process that copies rows from one place to another and can be killed at any moment. Written against the package as it is
// published; started by supervisor.ts. Its one argument is a WorkerOrder as JSON.
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
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
import { DeadlyItem, DeadlyWriter, dieIf, order, say, watchFiles, watchForCommit } from './deaths.mjs'
import {
  closePlaces,
  cutSource,
  makeLetters,
  makeReader,
  makeWriter,
  pool,
  RefusedError,
  repository,
  takeConnection,
} from './places.mjs'

let exhausted
watchForCommit(pool)
await watchFiles()

const log = { warnings: 0, texts: {} }
const logger = { debug() {}, info() {}, warn: count, error: count }

function count(_fields, text) {
  log.warnings++
  log.texts[text] = (log.texts[text] ?? 0) + 1
}

async function main() {
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
  const item = new DeadlyItem()
  const copy = chunkStep('copy', {
    chunkSize,
    reader: makeReader,
    processor: async ({ id, payload }) => {
      item.process(Number(id))
      // Chunks overtake one another in processing.
      if (Number(id) % 7 === 0) await nextTurn()
      return Number(id) % 5 === 0 ? null : { id, payload: payload.toUpperCase() }
    },
    writer: new DeadlyWriter(makeWriter()),
    ...(concurrency === 1 ? {} : { taskExecutor: new PoolTaskExecutor({ corePoolSize: concurrency }) }),
    ...(commitOrder === undefined ? {} : { commitOrder }),
    ...(order.chunkTimeout === undefined ? {} : { timeout: { chunk: order.chunkTimeout } }),
    ...(order.skipLimit === undefined ? {} : { skip: skipping(order.skipLimit) }),
    listeners: [
      {
        // Kept from completing before the supervisor has killed it, however slow the machine is.
        beforeChunk: ({ index }) => (index >= (order.holdAt ?? Infinity) ? new Promise(() => {}) : undefined),
        ...(order.death?.moment.startsWith('in-') ? { afterRead: ({ id }) => item.read(Number(id)) } : {}),
        afterChunk: async ({ index }) => {
          say(`chunk ${index}`)
          if (index === order.death?.chunk) dieIf('after-chunk')
          if (order.pace !== undefined) await delay(order.pace)
          if (index === order.exhaustAfter) exhausted ??= exhaust()
        },
      },
    ],
  })
  // It is killed more often than a job that kills its process would be let run.
  return job('copy', { maxCrashes: 1_000 })
    .start(order.partitions === undefined ? copy : inPartitions(copy))
    .build()
}

function skipping(limit) {
  const letters = new DeadlyWriter(makeLetters(), { before: 'before-letters', after: 'after-letters' })
  return { limit, on: ['check', RefusedError], to: letters }
}

/** Cuts the source into as many partitions as the order says. */
function inPartitions(step) {
  const { count, gridSize } = order.partitions
  const partitioner = (_gridSize, context) => {
    say('asked')
    return cutSource(count, context)
  }
  return partitionStep('copy', { partitioner, step, gridSize })
}

/** What else lives in this process takes every connection that it can get, and keeps each for a while. */
async function exhaust() {
  const hold = async () => {
    const client = await takeConnection()
    await delay(300)
    client.release()
  }
  await Promise.allSettled(Array.from({ length: 16 }, hold))
  say('exhausted')
}

try {
  await main()
} finally {
  await closePlaces()
}
