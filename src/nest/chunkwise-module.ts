import { type DynamicModule, type FactoryProvider, Module, type Provider } from '@nestjs/common'
import { DiscoveryModule, DiscoveryService, ModuleRef } from '@nestjs/core'
import { SyncTaskExecutor } from '../executor/sync-task-executor.js'
import type { TaskExecutor } from '../executor/task-executor.js'
import { JobOperator } from '../launch/job-operator.js'
import type { JobRepository } from '../repository/job-repository.js'
import { DiscoveredJobs } from './discovered-jobs.js'
import {
  checkAsyncOptions,
  type ChunkwiseModuleAsyncOptions,
  type ChunkwiseModuleOptions,
  moduleSettings,
  type ModuleSettings,
} from './module-options.js'
import { nestLogger } from './nest-logger.js'
import { OperatorLifecycle } from './operator-lifecycle.js'
import { JOB_REPOSITORY, MODULE_SETTINGS, TASK_EXECUTOR } from './tokens.js'

/**
 * Chunkwise in a NestJS application: import it once, in the root module. It is global, and gives every module
 * {@link JobOperator}, `JOB_REPOSITORY` and `TASK_EXECUTOR` to inject.
 *
 * Jobs are found among the providers of all modules: classes with `@Job`, of which Nest makes the instances, and providers
 * whose value is a job that the builder has made. They are compiled when the application starts, and can then be started
 * by name. Classes with `@ChunkStep` that a job names are providers as well.
 *
 * When the application closes (`app.close()`, or a signal after `enableShutdownHooks()`), running jobs stop at their next
 * chunk, for at most `shutdownGrace`. That is in the phase `onModuleDestroy`: close what jobs use in
 * `onApplicationShutdown`.
 *
 * @example
 * ```ts
 * import { Inject, Injectable, Module } from '@nestjs/common'
 * import { JobOperator, MemoryJobRepository } from 'chunkwise'
 * import { Job, Tasklet } from 'chunkwise/decorators'
 * import { ChunkwiseModule } from 'chunkwise/nestjs'
 *
 * @Job({ name: 'nightly', parameters: { day: 'localDate' } })
 * class NightlyJob {
 *   @Tasklet()
 *   sweep() {}
 * }
 *
 * @Injectable()
 * class NightlyService {
 *   constructor(@Inject(JobOperator) private readonly operator: JobOperator) {}
 *
 *   start(day: string) {
 *     return this.operator.start('nightly', { day })
 *   }
 * }
 *
 * @Module({
 *   imports: [ChunkwiseModule.forRoot({ repository: new MemoryJobRepository() })],
 *   providers: [NightlyJob, NightlyService],
 * })
 * export class AppModule {}
 * ```
 */
@Module({})
export class ChunkwiseModule {
  /**
   * The module with the options as they are.
   *
   * @throws InvalidOptionError
   */
  static forRoot(options: ChunkwiseModuleOptions): DynamicModule {
    return assemble({ provide: MODULE_SETTINGS, useValue: moduleSettings(options) })
  }

  /**
   * The module with options that need providers, such as the pool of the application. The options are checked when the
   * factory has given them: the application does not start with wrong ones.
   *
   * @throws InvalidOptionError
   */
  static forRootAsync(options: ChunkwiseModuleAsyncOptions): DynamicModule {
    checkAsyncOptions(options)
    const { imports = [], inject = [], useFactory } = options
    const settings: FactoryProvider<ModuleSettings> = {
      provide: MODULE_SETTINGS,
      inject,
      useFactory: async (...args: unknown[]) => moduleSettings(await useFactory(...(args as never[]))),
    }
    return assemble(settings, imports)
  }
}

function assemble(settings: Provider, imports: NonNullable<DynamicModule['imports']> = []): DynamicModule {
  return {
    module: ChunkwiseModule,
    global: true,
    imports: [DiscoveryModule, ...imports],
    providers: [settings, ...PROVIDERS],
    exports: [JobOperator, JOB_REPOSITORY, TASK_EXECUTOR],
  }
}

/** All by factory: nothing here depends on types that a compiler emits. */
const PROVIDERS: readonly FactoryProvider[] = [
  {
    provide: JOB_REPOSITORY,
    inject: [MODULE_SETTINGS],
    useFactory: ({ repository }: ModuleSettings): JobRepository => repository,
  },
  {
    provide: TASK_EXECUTOR,
    inject: [MODULE_SETTINGS],
    useFactory: ({ executor }: ModuleSettings): TaskExecutor => executor ?? new SyncTaskExecutor(),
  },
  {
    provide: DiscoveredJobs,
    inject: [DiscoveryService, ModuleRef],
    useFactory: (discovery: DiscoveryService, application: ModuleRef) => new DiscoveredJobs(discovery, application),
  },
  {
    provide: JobOperator,
    inject: [MODULE_SETTINGS, JOB_REPOSITORY, DiscoveredJobs],
    useFactory: ({ operator, logger }: ModuleSettings, repository: JobRepository, jobs: DiscoveredJobs) =>
      new JobOperator({ ...operator, repository, jobs: () => jobs.all(), logger: logger ?? nestLogger() }),
  },
  {
    provide: OperatorLifecycle,
    inject: [JobOperator, DiscoveredJobs, MODULE_SETTINGS],
    useFactory: (operator: JobOperator, jobs: DiscoveredJobs, { shutdownGrace }: ModuleSettings) =>
      new OperatorLifecycle(operator, jobs, shutdownGrace),
  },
]
