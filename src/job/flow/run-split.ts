import { BatchStatus } from '../../domain/batch-status.js'
import { describeError } from '../../domain/describe-error.js'
import { ExitStatus } from '../../domain/exit-status.js'
import type { FlowEnd } from './route.js'
import type { Split } from './flow.js'

/** Runs the branches of a split side by side; resolves when all have ended. */
export async function runSplit(
  { taskExecutor }: Split,
  branches: readonly (() => Promise<FlowEnd>)[],
): Promise<FlowEnd> {
  const runAll = (): Promise<readonly FlowEnd[]> =>
    Promise.all(
      branches.map(async (branch) => {
        try {
          return await (taskExecutor?.submit(branch) ?? branch())
        } catch (error) {
          return failed(error)
        }
      }),
    )
  // In case the job itself runs in a task of the executor, its slot is free while it waits for the flows.
  return together(await (taskExecutor?.whileWaiting(runAll) ?? runAll()))
}

/** A branch that could not go on: the others do. */
function failed(error: unknown): FlowEnd {
  const exitStatus = ExitStatus.FAILED.withDescription(describeError(error))
  return { status: 'FAILED', exitStatus, failures: [error], reused: false, last: undefined }
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
