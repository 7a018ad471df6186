import { setTimeout as delay } from 'node:timers/promises'
import { BatchStatus, type JobExecution, type JobExplorer, type Progress } from 'chunkwise'
import type { ExecutionFeed } from './execution-feed.js'
import { endOf, type JobEvent } from './job-event.js'

/** Where events come from. */
export interface EventSources {
  /** Of what runs in this process. */
  readonly feed: ExecutionFeed
  /** Of all else. */
  readonly explorer: JobExplorer
}

/** What happens to an execution from now on, until it has ended or `signal` is aborted. */
export async function* executionEvents(
  id: number,
  { feed, explorer }: EventSources,
  signal: AbortSignal,
): AsyncGenerator<JobEvent, void> {
  // Who is slow gets the newest of each step, and misses what is older.
  const news = new Map<number, Progress>()
  let ended: JobExecution | undefined
  let wake = (): void => {}
  const unwatch = feed.watch(id, {
    progress(progress) {
      news.set(progress.stepExecutionId, progress)
      wake()
    },
    end(execution) {
      ended = execution
      wake()
    },
  })
  if (unwatch === undefined) return yield* storedEvents(id, explorer, signal)
  const onAbort = (): void => wake()
  signal.addEventListener('abort', onAbort)
  try {
    for (;;) {
      const [next] = news
      if (next !== undefined) {
        news.delete(next[0])
        yield { event: 'progress', data: next[1] }
      } else if (ended !== undefined) return yield endOf(ended)
      else if (signal.aborted) return
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    unwatch()
    signal.removeEventListener('abort', onAbort)
  }
}

/** Of an execution in another process, or one that has ended: what the repository has, asked once a second. */
async function* storedEvents(id: number, explorer: JobExplorer, signal: AbortSignal): AsyncGenerator<JobEvent, void> {
  const told = new Map<number, string>()
  while (!signal.aborted) {
    const execution = await explorer.execution(id)
    // It was pruned meanwhile.
    if (execution === undefined) return
    for (const { id: stepExecutionId, stepName, status, counts } of execution.stepExecutions) {
      const data = { stepName, stepExecutionId, status, items: counts.read }
      const text = JSON.stringify(data)
      if (told.get(stepExecutionId) === text) continue
      told.set(stepExecutionId, text)
      yield { event: 'progress', data }
    }
    if (!BatchStatus.isRunning(execution.status)) return yield endOf(execution)
    await delay(1_000, undefined, { signal }).catch(() => undefined)
  }
}
