import type { ReadonlyExecutionContext } from '../../domain/execution-context.js'
import type { StepExecution } from '../../domain/step-execution.js'
import { TimeoutError } from '../../domain/timeout-error.js'
import type { ItemContext } from '../../item/item-context.js'
import type { ItemProcessor } from '../../item/item-processor.js'
import { onAborted } from '../../support/abort.js'
import type { Clock } from '../../support/clock.js'
import type { Logger } from '../../support/logger.js'
import { isThenable } from '../../support/thenable.js'

/** How long an item may take. */
export interface ItemTimeout {
  /** Milliseconds. */
  readonly limit: number
  readonly stepName: string
  readonly clock: Clock
}

type AnyProcessor = ItemProcessor<unknown, unknown>

/** The same processor; a call whose promise does not settle in time rejects with a `TimeoutError`, and its signal is aborted. */
export function withItemTimeout(processor: AnyProcessor, timeout: ItemTimeout): AnyProcessor {
  return {
    process(item, context) {
      const limited = new LimitedItemContext(context)
      try {
        const result = processor.process(item, limited)
        if (isThenable(result)) return inTime(result, limited, timeout)
        limited.end()
        return result
      } catch (error) {
        limited.end()
        throw error
      }
    },
  }
}

function inTime<T>(result: PromiseLike<T>, context: LimitedItemContext, timeout: ItemTimeout): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = (): void => {
      const error = new TimeoutError('item', timeout.limit, timeout.stepName)
      reject(error)
      context.abort(error)
    }
    const timer = timeout.clock.after(timeout.limit, expire, { keepAlive: true })
    const end = (): void => {
      timer.cancel()
      context.end()
    }
    result.then(
      (value) => {
        end()
        resolve(value)
      },
      (error: unknown) => {
        end()
        reject(error as Error)
      },
    )
  })
}

/** An item's context with a signal of its own, made when it is asked for. */
class LimitedItemContext implements ItemContext {
  // Not `#private`: those cost a multiple, once per item.
  private readonly around: ItemContext
  private own: AbortController | undefined
  private reason: { readonly error: unknown } | undefined
  private unfollow: (() => void) | undefined

  constructor(around: ItemContext) {
    this.around = around
  }

  get signal(): AbortSignal {
    if (this.own === undefined) {
      this.own = new AbortController()
      const { signal } = this.around
      if (this.reason !== undefined) this.own.abort(this.reason.error)
      else this.unfollow = onAborted(signal, () => this.own?.abort(signal.reason))
    }
    return this.own.signal
  }

  get key(): string {
    return this.around.key
  }

  get parameters(): unknown {
    return this.around.parameters
  }

  get stepExecution(): StepExecution {
    return this.around.stepExecution
  }

  get executionContext(): ReadonlyExecutionContext {
    return this.around.executionContext
  }

  get jobExecutionContext(): ReadonlyExecutionContext {
    return this.around.jobExecutionContext
  }

  get logger(): Logger {
    return this.around.logger
  }

  /** The time is over. */
  abort(error: unknown): void {
    this.reason = { error }
    this.own?.abort(error)
    this.end()
  }

  /** The call has ended. */
  end(): void {
    this.unfollow?.()
  }
}
