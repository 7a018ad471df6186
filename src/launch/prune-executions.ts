import { OptionCheck } from '../domain/check-option.js'
import type { JobRepository } from '../repository/job-repository.js'
import type { Duration } from '../support/duration.js'

/** What `JobOperator.prune` deletes. */
export interface PruneOptions {
  /** Only instances whose last execution has ended so long ago, on the repository's clock. */
  readonly olderThan: Duration
  /** So many of the latest instances of each job are kept, whatever their age. Default 0. */
  readonly keepLast?: number
  /**
   * Keep instances whose last execution FAILED or was STOPPED: they can still be restarted. Default true. False deletes
   * them too, and with them the place where a restart would go on.
   */
  readonly keepFailed?: boolean
  /** Only instances of these jobs. Default: of all jobs that the repository knows. */
  readonly jobNames?: readonly string[]
}

/** What was deleted. */
export interface PruneReport {
  readonly instances: number
  readonly executions: number
}

/** Instances in one transaction. */
const BATCH = 100

/** Deletes old instances with all their executions, a few in each transaction. Ends early when `isClosed` says so. */
export async function pruneExecutions(
  repository: JobRepository,
  options: PruneOptions,
  isClosed: () => boolean,
): Promise<PruneReport> {
  const { jobNames, ...request } = checked(options)
  const report = { instances: 0, executions: 0 }
  for (const jobName of jobNames ?? (await repository.listJobNames())) {
    let after: number | undefined = 0
    while (after !== undefined && !isClosed()) {
      const { instances, executions, last } = await repository.prune({ jobName, ...request, after, limit: BATCH })
      report.instances += instances
      report.executions += executions
      after = last
    }
  }
  return report
}

function checked(options: PruneOptions): {
  readonly olderThan: number
  readonly keepLast: number
  readonly keepFailed: boolean
  readonly jobNames: readonly string[] | undefined
} {
  const check = new OptionCheck('prune')
  check.object(options, ['olderThan', 'keepLast', 'keepFailed', 'jobNames'])
  const { jobNames } = options
  if (jobNames !== undefined && !Array.isArray(jobNames)) check.fail('jobNames', jobNames, 'an array of names')
  for (const [index, name] of (jobNames ?? []).entries()) check.text(`jobNames[${index}]`, name, 1, 100)
  return {
    olderThan: check.duration('olderThan', options.olderThan),
    keepLast: check.integer('keepLast', options.keepLast ?? 0, 0),
    keepFailed: check.boolean('keepFailed', options.keepFailed ?? true),
    jobNames,
  }
}
