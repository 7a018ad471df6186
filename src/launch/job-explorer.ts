import { OptionCheck } from '../domain/check-option.js'
import type { JobExecution } from '../domain/job-execution.js'
import type { JobInstance } from '../domain/job-instance.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { JobRepository, Page } from '../repository/job-repository.js'

/**
 * Looks at what a repository remembers, without running anything: for a dashboard, or a process that only watches. It is
 * the read side of {@link JobOperator}. Lists come in pages: by default the first 100 entries.
 */
export class JobExplorer {
  readonly #repository: JobRepository

  /** @throws InvalidOptionError */
  constructor(repository: JobRepository) {
    this.#repository = new OptionCheck('JobExplorer').methods(
      'repository',
      repository,
      ['getJobExecution', 'listJobInstances'],
      'a job repository',
    )
  }

  /** The names of the jobs that the repository has instances of, in alphabetical order: all of them, or a page. */
  jobNames(page?: Page): Promise<readonly string[]> {
    return this.#repository.listJobNames(page)
  }

  /** The instances of a job, the latest first. */
  instances(jobName: string, page?: Page): Promise<readonly JobInstance[]> {
    return this.#repository.listJobInstances(jobName, page)
  }

  /** An instance, or `undefined`. */
  instance(id: number): Promise<JobInstance | undefined> {
    return this.#repository.getJobInstance(id)
  }

  /** The executions of an instance, the latest first. */
  executions(instance: JobInstance | number, page?: Page): Promise<readonly JobExecution[]> {
    return this.#repository.listJobExecutions(idOf(instance), page)
  }

  /** An execution as the repository has it, with its context and its step executions, or `undefined`. */
  execution(id: number): Promise<JobExecution | undefined> {
    return this.#repository.getJobExecution(id)
  }

  /** The executions that run now, in any process, of one job or of all, the latest first: all of them, or a page. */
  runningExecutions(jobName?: string, page?: Page): Promise<readonly JobExecution[]> {
    return this.#repository.listRunningJobExecutions(jobName, page)
  }

  /** The executions of a step, or of a partition of it (`step:partition`), over all executions of an instance, the latest first. */
  stepExecutions(instance: JobInstance | number, stepName: string, page?: Page): Promise<readonly StepExecution[]> {
    return this.#repository.listStepExecutions(idOf(instance), stepName, page)
  }

  /** A step execution with its context, or `undefined`. */
  stepExecution(id: number): Promise<StepExecution | undefined> {
    return this.#repository.getStepExecution(id)
  }
}

/** The id of something that is given itself or by its id. */
export function idOf(given: { readonly id: number } | number): number {
  return typeof given === 'number' ? given : given.id
}
