import type { ExecutionContext } from '../../domain/execution-context.js'
import type { StepContext } from '../../domain/step-context.js'
import type { FaultListener } from '../../listener/fault-listener.js'
import { notifier } from '../../listener/notify.js'
import type { Deadline } from '../../support/deadline.js'
import { withCurrentTransaction } from '../../transaction/current-transaction.js'
import type { TransactionContext } from '../../transaction/transaction-context.js'
import type { ManagedTransaction } from '../../transaction/transaction.js'
import type { DeadLetter } from '../fault/dead-letter.js'
import type { ItemWriter } from '../../item/item-writer.js'
import type { ItemKeys } from './item-keys.js'
import { StepWriteContext } from './step-write-context.js'
import type { WayBack } from './way-back.js'

/** What a {@link SkipReport} reports with. */
export interface SkipReportOptions {
  readonly deadLetters: ItemWriter<DeadLetter> | undefined
  /** How what it has written is undone where it is not in the transaction; `undefined`: not at all. */
  readonly wayBack: WayBack | undefined
  /** The resource of the transactions: what `currentTransaction` is asked for. */
  readonly resource: object
  readonly keys: ItemKeys
  /** Nobody waits for user code once it has passed. */
  readonly deadline: Deadline
  readonly listeners: readonly FaultListener[]
}

type Tell = (letter: DeadLetter, context: TransactionContext) => void | Promise<void>

/** Tells of what a chunk has skipped, inside its transaction: the dead letters first, then the listeners. */
export class SkipReport {
  readonly #context: StepContext<unknown>
  readonly #options: SkipReportOptions
  readonly #tell: Tell

  constructor(context: StepContext<unknown>, options: SkipReportOptions) {
    const { listeners } = options
    this.#context = context
    this.#options = options
    const onRead = notifier(listeners, 'onSkipInRead')
    const onProcess = notifier(listeners, 'onSkipInProcess')
    const onWrite = notifier(listeners, 'onSkipInWrite')
    this.#tell = ({ phase, item, error }, context) => {
      if (phase === 'read') return onRead?.(error, context)
      return (phase === 'process' ? onProcess : onWrite)?.(item, error, context)
    }
  }

  /** Tells, and sends what that has written. */
  async tell(
    skips: readonly DeadLetter[],
    transaction: ManagedTransaction,
    executionContext: ExecutionContext,
  ): Promise<void> {
    const { deadLetters, wayBack, resource, keys, deadline } = this.#options
    const makeKeys = (): readonly string[] => skips.map(({ position }) => keys.keyAt(position))
    const context = new StepWriteContext(this.#context, transaction, executionContext, makeKeys)
    await withCurrentTransaction(resource, transaction, async () => {
      const writing = deadLetters?.write([...skips], context)
      await deadline.race(wayBack === undefined ? writing : wayBack.follow(writing))
      for (const letter of skips) await deadline.race(this.#tell(letter, context))
    })
    await transaction.begin()
  }
}
