import { BatchStatus } from '../../domain/batch-status.js'
import type { FlowEnd } from './route.js'
import type { Split } from './flow.js'

/**
 * Runs the branches of a split side by side; resolves when all have ended. Rejects, also only then, when one could not go
 * on: no pattern of the split may lead past a step that could not begin, or whose end could not be stored.
 */
export async function runSplit(
  { taskExecutor }: Split,
  branches: readonly (() => Promise<FlowEnd>)[],
): Promise<FlowEnd> {
  const runAll = (): Promise<readonly PromiseSettledResult<FlowEnd>[]> =>
    Promise.allSettled(branches.map(async (branch) => taskExecutor?.submit(branch) ?? branch()))
  // In case the job itself runs in a task of the executor, its slot is free while it waits for the flows.
  const settled = await (taskExecutor?.whileWaiting(runAll) ?? runAll())
  return together(
    settled.map((one) => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    }),
  )
}

/** The worst status, with the most severe exit code of those that have it. */
function together(ends: readonly FlowEnd[]): FlowEnd {
  const status = ends.map((end) => end.status as BatchStatus).reduce(BatchStatus.max) as FlowEnd['status']
  const worst = ends.filter((end) => end.status === status)
  return {
    status,
    exitStatus: worst.map((end) => end.exitStatus).reduce((all, one) => all.and(one)),
    failures: worst.flatMap(({ failures }) => failures),
    abandoned: worst.every(({ abandoned }) => abandoned),
    reused: ends.every(({ reused }) => reused),
    last: worst
      .map(({ last }) => last)
      .filter((last) => last !== undefined)
      .reduce<FlowEnd['last']>((latest, one) => (latest === undefined || one.id > latest.id ? one : latest), undefined),
  }
}
