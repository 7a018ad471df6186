import type { ItemReader } from '../../item/item-reader.js'
import { isItemStream } from '../../item/item-stream.js'
import type { ItemWriter } from '../../item/item-writer.js'
import type { TransactionManager } from '../../transaction/transaction.js'
import { reasonsToRepeat } from '../guarantee.js'

/** Why rows of a chunk step can be written twice after a crash, from how its parts fit together; empty when they cannot. */
export function reasonsToRepeatChunks(parts: {
  readonly reader: ItemReader<unknown>
  readonly writer: ItemWriter<unknown>
  readonly transaction: TransactionManager
  readonly repository: TransactionManager
}): readonly string[] {
  const { reader, writer, transaction, repository } = parts
  const { transactional = false, pool } = writer
  const reasons = reasonsToRepeat({ what: 'writer', transactional, pool, transaction, repository })
  if (!isItemStream(reader)) reasons.unshift('the reader has no position, so a restart reads from the beginning')
  return reasons
}
