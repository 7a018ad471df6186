import { BatchError } from '../domain/batch-error.js'

/** A reader or writer was used before it was opened or after it was closed. */
export class NotOpenError extends BatchError {
  static readonly code = 'BATCH_NOT_OPEN'

  constructor(owner: string) {
    super(`${owner} is not open: call open(position, context) before the first read; a step does it by itself`)
  }
}
