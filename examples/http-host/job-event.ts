import type { JobExecution, Progress } from 'chunkwise'

/** How far a step is: a whole `Progress`, or what the repository has of it where the job runs in another process. */
export type StepProgress = Pick<Progress, 'stepName' | 'stepExecutionId' | 'status' | 'items'> & Partial<Progress>

/** How an execution has ended. */
export interface JobEnd {
  readonly id: number
  readonly jobName: string
  readonly status: string
  readonly exitCode: string
  readonly endTime: Date | undefined
}

/** What a client is told of an execution: some `progress`, then one `end`. */
export type JobEvent =
  | { readonly event: 'progress'; readonly data: StepProgress }
  | { readonly event: 'end'; readonly data: JobEnd }

/** The last event of an execution. */
export function endOf({ id, jobName, status, exitStatus, endTime }: JobExecution): JobEvent {
  return { event: 'end', data: { id, jobName, status, exitCode: exitStatus.exitCode, endTime } }
}
