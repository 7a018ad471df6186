import type { BatchStatus } from './batch-status.js'
import type { ExecutionContext } from './execution-context.js'
import type { ExitStatus } from './exit-status.js'
import type { JobInstance } from './job-instance.js'
import type { JobParameters } from './job-parameters.js'
import { JobExecutionUnsuccessfulError } from './launch-errors.js'
import type { StepExecution } from './step-execution.js'

/** The data of a {@link JobExecution}. */
export interface JobExecutionData {
  readonly id: number
  readonly jobInstance: JobInstance
  /** All parameters of this run with their types, identifying or not. */
  readonly parameters: JobParameters
  /** Counts the row's updates: each update names the version it saw. */
  readonly version: number
  readonly status: BatchStatus
  readonly exitStatus: ExitStatus
  readonly executionContext: ExecutionContext
  readonly createTime: Date
  readonly startTime: Date | undefined
  readonly endTime: Date | undefined
  readonly lastUpdated: Date | undefined
  /**
   * The runs of steps in this execution, in the order in which they began. Those of partitions are among them only in what
   * the repository gives, not in the execution that runs or has run in this process.
   */
  readonly stepExecutions: readonly StepExecution[]
  /** The errors that failed this run, in this process only: the repository keeps their description as text. */
  readonly failures: readonly unknown[]
}

/** One run of a job instance. User code reads it; only the engine and the repository change it. */
export class JobExecution implements JobExecutionData {
  declare readonly id: number
  declare readonly jobInstance: JobInstance
  declare readonly parameters: JobParameters
  declare readonly version: number
  declare readonly status: BatchStatus
  declare readonly exitStatus: ExitStatus
  declare readonly executionContext: ExecutionContext
  declare readonly createTime: Date
  declare readonly startTime: Date | undefined
  declare readonly endTime: Date | undefined
  declare readonly lastUpdated: Date | undefined
  declare readonly stepExecutions: readonly StepExecution[]
  declare readonly failures: readonly unknown[]

  constructor(data: JobExecutionData) {
    Object.assign(this, data)
  }

  get jobName(): string {
    return this.jobInstance.jobName
  }

  /**
   * Throws when the execution ended in any other way than COMPLETED, with its first failure as the cause.
   *
   * @throws JobExecutionUnsuccessfulError
   */
  throwIfUnsuccessful(): void {
    if (this.status === 'COMPLETED') return
    const { exitDescription } = this.exitStatus
    throw new JobExecutionUnsuccessfulError(this.jobName, this.id, this.status, exitDescription, this.failures[0])
  }
}
