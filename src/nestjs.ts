export { ChunkwiseModule } from './nest/chunkwise-module.js'
export type { ChunkwiseModuleAsyncOptions, ChunkwiseModuleOptions } from './nest/module-options.js'
export { JOB_REPOSITORY, TASK_EXECUTOR } from './nest/tokens.js'
export { JobsNotKnownYetError } from './nest/jobs-not-known-yet-error.js'
