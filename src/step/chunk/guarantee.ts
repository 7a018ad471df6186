import type { Guarantee } from '../../domain/step-execution.js'
import type { ItemReader } from '../../item/item-reader.js'
import { isItemReader, stepScopeFactory } from '../../item/item-source.js'
import { isItemStream, type ItemStream } from '../../item/item-stream.js'
import type { ItemWriter } from '../../item/item-writer.js'
import type { TransactionManager } from '../../transaction/transaction.js'
import type { AnyChunkStepOptions } from './chunk-options.js'

/** What a step can promise, and if it is not exactly-once, why. */
export interface StatedGuarantee {
  readonly guarantee: Guarantee
  /** Why rows can be written twice after a crash; empty for exactly-once. */
  readonly reasons: readonly string[]
}

/** What can be said before a chunk step starts: functions have not made its parts yet. */
export interface ExpectedGuarantee {
  /** `undefined`: only the start can tell. */
  readonly guarantee: Guarantee | undefined
  readonly reasons: readonly string[]
}

/** Works out what a chunk step can promise as far as its options show it. */
export function expectGuarantee(
  { reader, writer, transaction }: AnyChunkStepOptions,
  repository: TransactionManager,
): ExpectedGuarantee {
  const isWriter = typeof writer === 'object' && stepScopeFactory(writer) === undefined
  const stated = stateGuarantee({
    reader: isItemReader(reader) ? reader : RESTARTABLE,
    // A plain function is the method itself; a factory may make anything.
    writer: isWriter || typeof writer === 'function' ? (writer as ItemWriter<unknown>) : IN_TRANSACTION,
    transaction: transaction ?? repository,
    repository,
  })
  if (stated.guarantee === 'at-least-once') return stated
  const made = [typeof reader === 'function' ? 'reader' : '', stepScopeFactory(writer) ? 'writer' : ''].filter(Boolean)
  if (made.length === 0) return stated
  return { guarantee: undefined, reasons: [`its ${made.join(' and ')} is made by a function: its start can tell`] }
}

const RESTARTABLE = {
  read: () => null,
  open: () => undefined,
  position: () => null,
  close: () => undefined,
} satisfies ItemReader<unknown> & ItemStream

const IN_TRANSACTION: ItemWriter<unknown> = { transactional: true, write: () => undefined }

/** Works out what a chunk step can promise from how its parts fit together. */
export function stateGuarantee(parts: {
  readonly reader: ItemReader<unknown>
  readonly writer: ItemWriter<unknown>
  readonly transaction: TransactionManager
  readonly repository: TransactionManager
}): StatedGuarantee {
  const reasons: string[] = []
  if (!isItemStream(parts.reader)) {
    reasons.push('the reader has no position, so a restart reads from the beginning')
  }
  if (parts.writer.transactional !== true) {
    reasons.push('the writer does not say `transactional: true`, so it counts as outside the transaction')
  } else if (parts.writer.pool !== undefined && parts.writer.pool !== parts.transaction.resource) {
    reasons.push("the writer's pool is not the pool of the step's transactions")
  }
  if (parts.transaction.resource !== parts.repository.resource) {
    reasons.push(
      "the step's transactions are not on the repository's pool, so rows and checkpoint commit one after another",
    )
  }
  return { guarantee: reasons.length === 0 ? 'exactly-once' : 'at-least-once', reasons }
}
