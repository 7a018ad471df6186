import type { ItemReader } from '../../item/item-reader.js'
import { isItemReader, stepScopeFactory } from '../../item/item-source.js'
import { isItemStream, type ItemStream } from '../../item/item-stream.js'
import { innermostWriters, type ItemWriter } from '../../item/item-writer.js'
import type { TransactionManager } from '../../transaction/transaction.js'
import { reasonsToRepeat } from '../guarantee.js'
import type { StepDescription } from '../step-description.js'
import type { AnyChunkStepOptions } from './chunk-options.js'

/** Works out what a chunk step can promise as far as its options show it. */
export function expectGuarantee(
  { reader, writer, transaction }: AnyChunkStepOptions,
  repository: TransactionManager,
): Pick<StepDescription, 'guarantee' | 'reasons'> {
  const isWriter = typeof writer === 'object' && stepScopeFactory(writer) === undefined
  const reasons = reasonsToRepeatChunks({
    reader: isItemReader(reader) ? reader : RESTARTABLE,
    // A plain function is the method itself; a factory may make anything.
    writer: isWriter || typeof writer === 'function' ? (writer as ItemWriter<unknown>) : IN_TRANSACTION,
    transaction: transaction ?? repository,
    repository,
  })
  if (reasons.length > 0) return { guarantee: 'at-least-once', reasons }
  const made = [typeof reader === 'function' ? 'reader' : '', stepScopeFactory(writer) ? 'writer' : ''].filter(Boolean)
  if (made.length === 0) return { guarantee: 'exactly-once', reasons }
  return { guarantee: undefined, reasons: [`its ${made.join(' and ')} is made by a function: its start can tell`] }
}

const RESTARTABLE = {
  read: () => null,
  open: () => undefined,
  position: () => null,
  close: () => undefined,
} satisfies ItemReader<unknown> & ItemStream

const IN_TRANSACTION: ItemWriter<unknown> = { transactional: true, write: () => undefined }

/** Why rows of a chunk step can be written twice after a crash, from how its parts fit together; empty when they cannot. */
export function reasonsToRepeatChunks(parts: {
  readonly reader: ItemReader<unknown>
  readonly writer: ItemWriter<unknown>
  readonly transaction: TransactionManager
  readonly repository: TransactionManager
}): readonly string[] {
  const { reader, writer, transaction, repository } = parts
  const reasons = new Set<string>()
  if (!isItemStream(reader)) reasons.add('the reader has no position, so a restart reads from the beginning')
  for (const { transactional = false, pool } of innermostWriters(writer)) {
    const found = reasonsToRepeat({ what: 'writer', transactional, pool, transaction, repository })
    for (const reason of found) reasons.add(reason)
  }
  return [...reasons]
}
