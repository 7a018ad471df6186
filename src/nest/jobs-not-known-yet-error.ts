import { BatchError } from '../domain/batch-error.js'

/** A job was asked for by its name while Nest was still making the providers, among which the jobs are. */
export class JobsNotKnownYetError extends BatchError {
  static readonly code = 'BATCH_JOBS_NOT_KNOWN_YET'

  constructor() {
    super(
      'jobs are not known by name yet: Nest is still making the providers. ' +
        'Start jobs in onModuleInit, in onApplicationBootstrap or later, not in a constructor or factory',
    )
  }
}
