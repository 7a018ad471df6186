import type { FactoryProvider, ModuleMetadata } from '@nestjs/common'
import { OptionCheck } from '../domain/check-option.js'
import type { TaskExecutor } from '../executor/task-executor.js'
import type { JobOperatorOptions } from '../launch/operator-options.js'
import type { JobRepository } from '../repository/job-repository.js'
import type { Duration } from '../support/duration.js'
import type { Logger } from '../support/logger.js'

/**
 * Options of `ChunkwiseModule.forRoot`: those of `JobOperator`, but for `jobs`, which are found among the providers, and
 * `handleSignals`, which is Nest's `enableShutdownHooks`.
 */
export interface ChunkwiseModuleOptions extends Omit<JobOperatorOptions, 'jobs' | 'handleSignals' | 'logger'> {
  /** Where executions are remembered. Injectable as `JOB_REPOSITORY`. */
  readonly repository: JobRepository
  /**
   * What jobs may inject as `TASK_EXECUTOR`. Whoever makes it shuts it down. Default: a `SyncTaskExecutor`, which runs the
   * chunks of a step one after another.
   */
  readonly executor?: TaskExecutor
  /**
   * How long the application's shutdown waits for running jobs to stop at their next chunk. What has not stopped by then is
   * rolled back, and goes on after a restart. Default `'10s'`.
   */
  readonly shutdownGrace?: Duration
  /**
   * Where log lines go. Default: Nest's `Logger`, with the context `Chunkwise`, as one line of text each. Give a pino logger
   * to keep the fields apart.
   */
  readonly logger?: Logger
}

/** Options of `ChunkwiseModule.forRootAsync`: a factory of the options, as Nest has them for its providers. */
export interface ChunkwiseModuleAsyncOptions {
  /** Modules that export what the factory injects. Default: none. */
  readonly imports?: NonNullable<ModuleMetadata['imports']>
  /** The tokens of the arguments of `useFactory`. Default: none. */
  readonly inject?: NonNullable<FactoryProvider['inject']>
  /** Gives the options, or a promise of them. Called once. */
  readonly useFactory: (...args: never[]) => ChunkwiseModuleOptions | PromiseLike<ChunkwiseModuleOptions>
}

/** The options, checked as far as the operator does not check them, and complete. */
export interface ModuleSettings {
  readonly operator: Omit<JobOperatorOptions, 'jobs' | 'repository' | 'logger'>
  readonly repository: JobRepository
  readonly executor: TaskExecutor | undefined
  readonly shutdownGrace: number
  readonly logger: Logger | undefined
}

const OF_OPERATOR = ['leaseDuration', 'ownerGrace', 'stopPollInterval', 'recoverEvery', 'clock']
const KNOWN = [...OF_OPERATOR, 'repository', 'executor', 'shutdownGrace', 'logger']

/** Checks the options of the module. Throws `InvalidOptionError`. */
export function moduleSettings(options: ChunkwiseModuleOptions): ModuleSettings {
  const check = new OptionCheck('ChunkwiseModule')
  check.object(options, KNOWN)
  const { repository, executor, shutdownGrace = '10s', logger, ...operator } = options
  check.methods('repository', repository, ['createJobExecution', 'openOwner'], 'a job repository')
  if (executor !== undefined) check.methods('executor', executor, ['submit', 'whileWaiting'], 'a task executor')
  const grace = check.duration('shutdownGrace', shutdownGrace)
  return { operator, repository, executor, shutdownGrace: grace, logger }
}

/** Checks what `forRootAsync` is given. Throws `InvalidOptionError`. */
export function checkAsyncOptions(options: ChunkwiseModuleAsyncOptions): void {
  const check = new OptionCheck('ChunkwiseModule')
  check.object(options, ['imports', 'inject', 'useFactory'])
  if (typeof options.useFactory !== 'function') check.fail('useFactory', options.useFactory, 'a function')
}
