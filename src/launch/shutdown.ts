import { OptionCheck } from '../domain/check-option.js'
import type { JobExecution } from '../domain/job-execution.js'
import type { Duration } from '../support/duration.js'
import type { OperatorSettings } from './operator-options.js'
import type { Ownership } from './ownership.js'
import type { RunningExecution } from './running-execution.js'
import { within } from './within.js'

/** Options of `JobOperator.shutdown`. */
export interface OperatorShutdownOptions {
  /** How long it may take in all. Default `'10s'`. */
  readonly grace?: Duration
}

/** How a shutdown has left what was running. */
export interface ShutdownReport {
  /** The executions that have ended in time: STOPPED, or in another way. */
  readonly ended: readonly JobExecution[]
  /**
   * The executions whose code was still running when the time was over. Nothing that it does is committed any more, and
   * any operator can start them again, or recover them, without waiting for a lease to expire.
   */
  readonly givenUp: readonly JobExecution[]
}

/** The grace that the options give, in milliseconds. Throws `InvalidOptionError`. */
export function checkGrace(options: OperatorShutdownOptions): number {
  const check = new OptionCheck('shutdown')
  check.object(options, ['grace'])
  return check.duration('grace', options.grace ?? '10s')
}

/** What is shut down. */
export interface ShutdownScene {
  readonly settings: OperatorSettings
  readonly running: ReadonlySet<RunningExecution>
  readonly starting: ReadonlySet<Promise<unknown>>
  readonly ownership: Ownership
}

/** Stops what runs, gives up what does not end in time, and ends the registration: all within `grace` milliseconds. */
export async function shutDown(
  { settings, running, starting, ownership }: ShutdownScene,
  grace: number,
): Promise<ShutdownReport> {
  const { clock, logger } = settings
  logger.info({ grace, running: running.size }, 'the operator shuts down')
  const deadline = clock.monotonic() + grace
  const all = new Set<RunningExecution>()
  const stopAll = async (): Promise<void> => {
    const stopping = [...running].filter((one) => !all.has(one))
    for (const one of stopping) all.add(one)
    await Promise.all(stopping.map((one) => one.stopOrLeave()))
  }
  const ended = Promise.all([stopAll(), Promise.allSettled(starting).then(stopAll)])
  // The rest is for ending the registration.
  await within(clock, grace - Math.min(grace / 5, 2_000), ended)
  const left = new Set<RunningExecution>()
  const giveUpRest = (): void => {
    for (const one of running) {
      if (left.has(one)) continue
      left.add(one)
      one.giveUp()
      const fields = { jobExecutionId: one.execution.id, job: one.execution.jobName }
      logger.warn(fields, 'given up at the shutdown: it did not end in time, and goes on after a restart')
    }
  }
  giveUpRest()
  await ownership.close(Math.max(0, deadline - clock.monotonic()))
  // What has begun since.
  giveUpRest()
  return {
    ended: [...all].filter((one) => !left.has(one)).map(({ execution }) => execution),
    givenUp: [...left].map(({ execution }) => execution),
  }
}
