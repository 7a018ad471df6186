/**
 * The token of the job repository that the module was given: `@Inject(JOB_REPOSITORY) repository: JobRepository`. A test
 * overrides it (`overrideProvider(JOB_REPOSITORY).useValue(new MemoryJobRepository())`): the operator takes it from here.
 */
export const JOB_REPOSITORY: symbol = Symbol.for('chunkwise.JobRepository')

/** The token of the module's `executor`: `@Inject(TASK_EXECUTOR) executor: TaskExecutor`. */
export const TASK_EXECUTOR: symbol = Symbol.for('chunkwise.TaskExecutor')

/** The token of the module's options, checked. */
export const MODULE_SETTINGS: symbol = Symbol.for('chunkwise.ModuleSettings')
