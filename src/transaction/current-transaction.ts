import { AsyncLocalStorage } from 'node:async_hooks'
import type { Transaction } from './transaction.js'

interface Current {
  readonly resource: object
  readonly transaction: Transaction
}

const storage = new AsyncLocalStorage<Current>()

/**
 * The transaction of the chunk, or of the tasklet's call, on `resource` (the host's pool) in which the calling code runs, or `undefined` outside of one.
 * For code that is not handed the writer's context, such as a repository class of the host:
 * `currentTransaction(pool)?.client ?? pool`.
 */
export function currentTransaction(resource: object): Transaction | undefined {
  const current = storage.getStore()
  return current?.resource === resource ? current.transaction : undefined
}

/** Runs `work` with `transaction` as the current one. */
export function withCurrentTransaction<T>(resource: object, transaction: Transaction, work: () => T): T {
  return storage.run({ resource, transaction }, work)
}
