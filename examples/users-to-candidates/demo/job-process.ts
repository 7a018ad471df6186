// The process in which the job of the demo runs: started by run-job-process.ts, told what to do by its environment.
import { setTimeout as delay } from 'node:timers/promises'
import {
  type ChunkStepListener,
  JobExecutionAlreadyRunningError,
  type JobHandle,
  JobOperator,
  type ProgressListener,
  progressListener,
} from 'chunkwise'
import { candidateJob } from '../candidate-job.js'
import { BEFORE, type DemoDatabase, demoDatabase } from './database.js'
import type { JobOrder, JobReport } from './run-job-process.js'

const order = JSON.parse(process.env['CHUNKWISE_DEMO_ORDER'] ?? '{}') as JobOrder
const database = demoDatabase(order.databaseUrl)
try {
  await run(database)
} finally {
  await database.close()
  process.disconnect?.()
}

async function run({ items, repository }: DemoDatabase): Promise<void> {
  const { ownerGrace, dieInChunk, total } = order
  const job = candidateJob(items, [progress(total), ...(dieInChunk === undefined ? [] : [death(dieInChunk)])])
  await using operator = new JobOperator({ repository, ownerGrace })
  const handle = await startOnceFree(() => operator.start(job, { before: BEFORE }))
  report({ kind: 'started', jobExecutionId: handle.execution.id })
  // Ctrl-C, and a plain kill: the chunk in hand is finished, then the job is STOPPED.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void handle.stop())
  const { status, exitStatus } = await handle.result
  report({ kind: 'ended', status, exitDescription: exitStatus.exitDescription })
}

/**
 * Starts, and tries again while the database still shows the owner before us alive: the server may need a moment to
 * see that the connections of a killed process are gone.
 */
async function startOnceFree(start: () => Promise<JobHandle>): Promise<JobHandle> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      if (!(error instanceof JobExecutionAlreadyRunningError) || attempt === 60) throw error
      await delay(500)
    }
  }
}

function progress(total?: number): ProgressListener {
  return progressListener((made) => report({ kind: 'progress', progress: made }), {
    every: '100ms',
    total: () => total,
  })
}

/** Kills this process in the middle of a transaction: the chunk's rows are with the server, but not committed. */
function death(chunk: number): ChunkStepListener {
  let written = 0
  return {
    async afterWrite(_items, { transaction }) {
      if (++written < chunk) return
      const { written: rows } = await database.row('select count(*) as written from candidates', transaction.client)
      report({ kind: 'dying', written: Number(rows) }, () => process.kill(process.pid, 'SIGKILL'))
      await new Promise(() => {})
    },
  }
}

function report(message: JobReport, sent?: () => void): void {
  process.send?.(message, () => sent?.())
}
