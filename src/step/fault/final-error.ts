import { OwnershipLostError } from '../../domain/ownership-errors.js'
import { StopRequestedError } from '../../domain/step-errors.js'
import { TimeoutError } from '../../domain/timeout-error.js'
import { WriterReturnError } from '../../item/item-errors.js'
import { isListenerFailure } from '../../listener/report-failure.js'
import { errorChain } from '../../support/error-chain.js'
import { isAbortOf } from '../stopping.js'
import { SkipLimitExceededError } from './skip-errors.js'

/** Whether an error ends the step whatever its policies say: it is no fault of an item or a write. */
export function isFinal(error: unknown, signal: AbortSignal): boolean {
  return isAbortOf(signal, error) || errorChain(error).some(isFinalLink)
}

function isFinalLink(error: unknown): boolean {
  if (error instanceof TimeoutError) return error.what !== 'item'
  return (
    error instanceof OwnershipLostError ||
    error instanceof StopRequestedError ||
    error instanceof SkipLimitExceededError ||
    error instanceof WriterReturnError ||
    isListenerFailure(error)
  )
}
