import { isThenable } from './thenable.js'
import { Waiters } from './waiters.js'

/**
 * A moment after which nobody waits for user code any more, such as a timeout. An aborted signal asks code to end; a
 * deadline ends the waiting, whatever the code does, and what it gives later is dropped.
 */
export class Deadline {
  readonly #waiters = new Waiters<unknown>()
  #end: { readonly reason: unknown } | undefined

  /** Whether it has passed. */
  get passed(): boolean {
    return this.#end !== undefined
  }

  /** Why it has passed; `undefined` before. */
  get reason(): unknown {
    return this.#end?.reason
  }

  /** Makes it pass now. Only the first call counts. */
  pass(reason: unknown): void {
    if (this.#end !== undefined) return
    this.#end = { reason }
    this.#waiters.tell(reason)
  }

  /** Calls `callback` when it passes, at once if it has; the answer unsubscribes it. */
  onPassed(callback: (reason: unknown) => void): () => void {
    if (this.#end !== undefined) {
      callback(this.#end.reason)
      return () => undefined
    }
    const waiter = this.#waiters.add(callback)
    return () => void this.#waiters.delete(waiter)
  }

  /** Throws the reason if it has passed. */
  assertNotPassed(): void {
    if (this.#end !== undefined) throw this.#end.reason
  }

  /** What `work` gives, or a rejection with the reason as soon as the deadline passes. A value is given as it is. */
  race<T>(work: Promise<T>): Promise<T>
  race<T>(work: T | PromiseLike<T>): T | Promise<T>
  race<T>(work: T | PromiseLike<T>): T | Promise<T> {
    if (!isThenable(work)) return work
    return new Promise<T>((resolve, reject) => {
      const unsubscribe = this.onPassed((reason) => reject(reason as Error))
      work.then(
        (value) => {
          unsubscribe()
          resolve(value as T)
        },
        (error: unknown) => {
          unsubscribe()
          reject(error as Error)
        },
      )
    })
  }
}
