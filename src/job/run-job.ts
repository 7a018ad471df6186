import { BatchStatus } from '../domain/batch-status.js'
import { describeError } from '../domain/describe-error.js'
import { ExitStatus } from '../domain/exit-status.js'
import { JobExecution } from '../domain/job-execution.js'
import { OwnershipLostError } from '../domain/ownership-errors.js'
import type { ParameterValue } from '../domain/parameter-types.js'
import type { Mutable } from '../domain/step-execution.js'
import { notifier } from '../listener/notify.js'
import { progressWatches } from '../listener/progress-listener.js'
import { jobChannel, type JobTrace, type StepTrace } from '../listener/traces.js'
import type { JobRepository } from '../repository/job-repository.js'
import type { Lease } from '../repository/lease.js'
import { storeEnd } from '../repository/store-end.js'
import { StepPasses } from '../step/step-passes.js'
import type { StartJob, StepScene } from '../step/step-scene.js'
import { startTimeLimit } from '../step/time-limit.js'
import type { Clock } from '../support/clock.js'
import { Deadline } from '../support/deadline.js'
import type { Logger } from '../support/logger.js'
import { Mutex } from '../support/mutex.js'
import { traced, traceError } from '../support/traced.js'
import { runFlow } from './flow/run-flow.js'
import { rememberStops } from './flow/stop-marks.js'
import type { Job } from './job.js'

/** What the operator gives to run a job execution that it has started. */
export interface JobRun {
  readonly job: Job
  /** The values that the job's code sees, secrets too: the execution does not have those. */
  readonly parameters: Readonly<Record<string, ParameterValue>>
  readonly jobExecution: Mutable<JobExecution>
  readonly restarted: boolean
  readonly repository: JobRepository
  readonly lease: Lease
  /** Aborted with `StopRequestedError` for a stop, with `OwnershipLostError` when the lease is gone. */
  readonly signal: AbortSignal
  /** Why nothing more may be written, or `undefined`. A stop asked before does not hide it, as it does in the signal. */
  readonly ownershipLost: () => OwnershipLostError | undefined
  /** Run also a step that has killed its process too often. */
  readonly ignoreCrashes: boolean
  /** Told how the execution has ended when that could not be stored, though the lease is not known to be lost. */
  readonly storeLater: (ended: JobExecution) => void
  readonly requestStop: () => void
  /** Starts a job that belongs to a step of this one. */
  readonly startJob: StartJob
  /** The step of another job that has started this one. */
  readonly startedBy: StepTrace | undefined
  readonly logger: Logger
  readonly clock: Clock
}

/**
 * Runs the steps of a job and stores how it ended. Never rejects: what went wrong is in the execution. An execution whose
 * end could not be stored is FAILED when the lease was lost, else UNKNOWN, in memory only; the operator then tries to store
 * it later, and when it dies before, the execution becomes restartable by a takeover.
 */
export function runJob(run: JobRun): Promise<JobExecution> {
  const trace: JobTrace = { jobExecution: run.jobExecution, startedBy: run.startedBy }
  return traced(jobChannel, trace, () => runTraced(run, trace))
}

async function runTraced(run: JobRun, trace: JobTrace): Promise<JobExecution> {
  const { jobExecution, job, logger, clock } = run
  const deadline = new Deadline()
  const timer = startTimeLimit({ what: 'job', subject: job.name, deadline, clock }, job.timeout)
  logger.info({ job: job.name, jobExecutionId: jobExecution.id, restarted: run.restarted }, 'job started')
  try {
    await deadline.race(notifier(job.listeners, 'beforeJob')?.(jobExecution))
    await runSteps(run, deadline, trace)
  } catch (error) {
    fail(jobExecution, error)
  }
  timer?.cancel()
  await tellAfterJob(run)
  await store(run)
  const fields = { job: job.name, jobExecutionId: jobExecution.id, status: jobExecution.status }
  if (BatchStatus.isUnsuccessful(jobExecution.status)) {
    logger.error({ ...fields, error: jobExecution.failures[0] }, 'job failed')
    traceError(jobChannel, trace, jobExecution.failures[0])
  } else logger.info(fields, `job ${jobExecution.status.toLowerCase()}`)
  return jobExecution
}

async function runSteps(run: JobRun, deadline: Deadline, trace: JobTrace): Promise<void> {
  const { jobExecution, job } = run
  const scene = sceneOf(run, deadline, trace)
  const { status, exitStatus, failures } = await runFlow(job.flow, scene)
  jobExecution.status = status
  jobExecution.exitStatus = exitStatus
  jobExecution.failures = [...jobExecution.failures, ...failures]
  if (status === 'STOPPED') rememberStops(jobExecution.executionContext, scene.stops)
  if (status === 'COMPLETED' && scene.passes.allReused) {
    jobExecution.exitStatus = ExitStatus.NOOP.withDescription('all steps had completed before')
  }
}

function sceneOf(run: JobRun, deadline: Deadline, trace: JobTrace): StepScene {
  const { jobExecution, job, ignoreCrashes } = run
  return {
    jobExecution,
    parameters: run.parameters,
    restarted: run.restarted,
    repository: run.repository,
    lease: run.lease,
    signal: run.signal,
    deadline,
    requestStop: run.requestStop,
    ownershipLost: run.ownershipLost,
    maxCrashes: ignoreCrashes ? undefined : job.maxCrashes,
    passes: new StepPasses(),
    sideBySide: 1,
    stops: [],
    jobContextTurn: new Mutex(),
    startJob: run.startJob,
    traces: { job: trace },
    progress: { watches: progressWatches(job.listeners) },
    logger: run.logger,
    clock: run.clock,
  }
}

function fail(jobExecution: Mutable<JobExecution>, error: unknown): void {
  jobExecution.status = 'FAILED'
  jobExecution.exitStatus = ExitStatus.FAILED.withDescription(describeError(error))
  jobExecution.failures = [...jobExecution.failures, error]
}

/** Tells the listeners of the end, last first; none can stop the others. */
async function tellAfterJob({ job, jobExecution }: JobRun): Promise<void> {
  for (const listener of job.listeners.toReversed()) {
    try {
      await listener.afterJob?.(jobExecution)
    } catch (error) {
      jobExecution.failures = [...jobExecution.failures, error]
      jobExecution.exitStatus = jobExecution.exitStatus.withDescription(`afterJob: ${describeError(error)}`)
    }
  }
}

async function store({ repository, jobExecution, lease, logger, clock, storeLater }: JobRun): Promise<void> {
  try {
    const { stepExecutions, failures } = jobExecution
    const stored = await storeEnd(
      { clock, logger, what: 'storing the end of a job', maxAttempts: 7 },
      jobExecution,
      () => repository.finishJobExecution(jobExecution, lease),
      () => repository.getJobExecution(jobExecution.id),
    )
    Object.assign(jobExecution, stored, { stepExecutions, failures })
  } catch (error) {
    const fields = { error, jobExecutionId: jobExecution.id, status: jobExecution.status }
    if (error instanceof OwnershipLostError) {
      logger.error(fields, 'the end of the job could not be stored: it was taken over')
      return fail(jobExecution, error)
    }
    logger.error(fields, 'the end of the job could not be stored: it is tried again while the operator lives')
    storeLater(new JobExecution(jobExecution))
    fail(jobExecution, error)
    jobExecution.status = 'UNKNOWN'
  }
}
