import { BatchError } from '../../domain/batch-error.js'
import { quote } from '../../support/quote.js'

/** There is no file to read. */
export class NoResourceError extends BatchError {
  static readonly code = 'BATCH_NO_RESOURCE'
  /** What was looked for. */
  readonly pattern: string

  constructor(owner: string, pattern: string) {
    super(`${owner} has found no file for ${quote(pattern, 300)}: with \`strict: false\` that is an empty input`)
    this.pattern = pattern
  }
}

/**
 * The files up to the one that was being read are not those of the last run: one of them has come, gone or been renamed, so
 * that going on would lose or double items.
 */
export class ResourcesChangedError extends BatchError {
  static readonly code = 'BATCH_RESOURCES_CHANGED'
  /** The name of the file in which reading stopped. */
  readonly resource: string

  constructor(owner: string, resource: string, reason: string) {
    super(`${owner} cannot go on in ${quote(resource, 300)}: ${reason}`)
    this.resource = resource
  }
}
