import type mysql from 'mysql2/promise'
import type pg from 'pg'
import { ExecutionContext } from '../../../src/domain/execution-context.js'
import type { ReadContext, WriteContext } from '../../../src/item/item-context.js'
import type { ItemReader } from '../../../src/item/item-reader.js'
import type { ItemStream } from '../../../src/item/item-stream.js'
import type { ItemWriter } from '../../../src/item/item-writer.js'
import type { Json } from '../../../src/support/json.js'
import type { Logger } from '../../../src/support/logger.js'
import { testStepContext } from '../../../src/testing/test-context.js'
import { withCurrentTransaction } from '../../../src/transaction/current-transaction.js'
import { MysqlTransactionManager } from '../../../src/transaction/mysql-transaction-manager.js'
import { PostgresTransactionManager } from '../../../src/transaction/postgres-transaction-manager.js'

let steps = 0

/** A step's context as the engine hands it out, of a new step execution each time. */
export function readContext(options: { readonly signal?: AbortSignal; readonly logger?: Logger } = {}): ReadContext {
  const given = options.logger === undefined ? {} : { logger: options.logger }
  const context = testStepContext<unknown>({ ...given, signal: options.signal ?? new AbortController().signal })
  return { ...context, stepExecution: { ...context.stepExecution, id: ++steps } }
}

/** Opens a reader, reads it to its end in chunks, and closes it. */
export async function readAll<T>(
  reader: ItemReader<T> & ItemStream,
  size = 3,
  position?: Json,
  context: ReadContext = readContext(),
): Promise<T[]> {
  const items: T[] = []
  try {
    await reader.open(position, context)
    for (;;) {
      const chunk = (await reader.readChunk?.(size, context)) ?? []
      if (chunk.length === 0) return items
      items.push(...chunk)
    }
  } finally {
    await reader.close()
  }
}

/** Writes chunks, each in a transaction on `pool` as the engine does; one that fails is rolled back. */
export async function writeChunks<T>(
  pool: pg.Pool | mysql.Pool,
  writer: ItemWriter<T>,
  ...chunks: (readonly T[])[]
): Promise<void> {
  const manager =
    'getConnection' in pool ? new MysqlTransactionManager({ pool }) : new PostgresTransactionManager({ pool })
  const step = readContext()
  for (const items of chunks) {
    const transaction = await manager.begin()
    const context: WriteContext = {
      ...step,
      executionContext: new ExecutionContext(),
      keys: items.map((_item, index) => String(index)),
      transaction,
    }
    try {
      await withCurrentTransaction(pool, transaction, async () => writer.write(items, context))
      await transaction.commit()
    } catch (error) {
      await transaction.rollback()
      throw error
    }
  }
}
