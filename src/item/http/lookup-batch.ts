import { onAborted } from '../../support/abort.js'
import { Bag, type Member } from '../../support/bag.js'
import { nextTurn } from '../../support/clock.js'
import type { HttpCallContext } from './http-client.js'

/** Looks up keys together: resolves with what there is for each, in their order. */
export type LookUp<V> = (keys: readonly string[], context: HttpCallContext) => Promise<readonly (V | undefined)[]>

/** Somebody who waits for a key. */
interface Waiter<V> extends Member {
  found(value: V | undefined): void
  failed(error: unknown): void
}

/** A key that was asked for and has not been answered. */
interface Wanted<V> {
  readonly key: string
  readonly batch: Batch<V>
  /** Those who have not given up. */
  readonly waiters: Bag<Waiter<V>>
}

/** Some keys that are looked up in one request. */
interface Batch<V> {
  readonly wanted: Wanted<V>[]
  readonly controller: AbortController
  readonly logger: HttpCallContext['logger']
}

/**
 * Gathers keys that are asked for at about the same time into batches, and asks once for a key that several wait for. A
 * request that nobody waits for any more is ended.
 */
export class LookupBatches<V> {
  readonly #lookUp: LookUp<V>
  readonly #size: number
  /** By key. No Map, for the reason that `Bag` gives. */
  readonly #wanted = Object.create(null) as Record<string, Wanted<V>>
  readonly #controllers = new SpareControllers()
  #open: Batch<V> | undefined

  constructor(lookUp: LookUp<V>, size: number) {
    this.#lookUp = lookUp
    this.#size = size
  }

  /**
   * What `use` makes of what there is for a key. Rejects with the signal's reason when that is aborted, and when the look-up
   * or `use` fails.
   */
  find<R>(key: string, { signal, logger }: HttpCallContext, use: (value: V | undefined) => R): Promise<R> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const wanted = this.#wanted[key] ?? this.#add(key, logger)
    return new Promise((resolve, reject) => {
      const waiter: Waiter<V> = {
        place: -1,
        found(value) {
          unsubscribe?.()
          try {
            resolve(use(value))
          } catch (error) {
            reject(error as Error)
          }
        },
        failed(error) {
          unsubscribe?.()
          reject(error as Error)
        },
      }
      wanted.waiters.add(waiter)
      const unsubscribe = signal && onAborted(signal, () => this.#leave(wanted, waiter, signal.reason))
    })
  }

  #add(key: string, logger: HttpCallContext['logger']): Wanted<V> {
    const batch = this.#open ?? this.#begin(logger)
    const wanted = { key, batch, waiters: new Bag<Waiter<V>>() }
    batch.wanted.push(wanted)
    this.#wanted[key] = wanted
    if (batch.wanted.length === this.#size) this.#send(batch)
    return wanted
  }

  #begin(logger: HttpCallContext['logger']): Batch<V> {
    const batch = { wanted: [], controller: this.#controllers.take(), logger }
    this.#open = batch
    // The items of a chunk come one after another, each in a turn of its own among promises.
    if (this.#size > 1) {
      void nextTurn().then(() => {
        if (this.#open === batch) this.#send(batch)
      })
    }
    return batch
  }

  #send(batch: Batch<V>): void {
    if (this.#open === batch) this.#open = undefined
    this.#ask(batch).then(
      (values) => this.#settle(batch, (waiter, index) => waiter.found(values[index])),
      (error: unknown) => this.#settle(batch, (waiter) => waiter.failed(error)),
    )
  }

  #ask({ wanted, controller, logger }: Batch<V>): Promise<readonly (V | undefined)[]> {
    const keys = wanted.map(({ key }) => key)
    const { signal } = controller
    try {
      return this.#lookUp(keys, logger === undefined ? { signal } : { signal, logger })
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  #settle(batch: Batch<V>, tell: (waiter: Waiter<V>, index: number) => void): void {
    this.#forget(batch)
    batch.wanted.forEach(({ waiters }, index) => {
      // Telling one may let another give up.
      for (const waiter of waiters.members) if (waiters.delete(waiter)) tell(waiter, index)
    })
    this.#controllers.giveBack(batch.controller)
  }

  /** Somebody gives up; a batch that nobody waits for any more is ended. */
  #leave({ batch, waiters }: Wanted<V>, waiter: Waiter<V>, reason: unknown): void {
    waiters.delete(waiter)
    waiter.failed(reason)
    if (batch.wanted.some((one) => one.waiters.size > 0)) return
    this.#forget(batch)
    if (this.#open === batch) this.#open = undefined
    batch.controller.abort(reason)
  }

  #forget(batch: Batch<V>): void {
    for (const wanted of batch.wanted) if (this.#wanted[wanted.key] === wanted) delete this.#wanted[wanted.key]
  }
}

/** Controllers whose request is over and was not aborted: to make one for each would cost more than all else here. */
class SpareControllers {
  readonly #spare: AbortController[] = []

  take(): AbortController {
    const spare = this.#spare.pop()
    if (spare !== undefined) return spare
    const controller = new AbortController()
    // Somebody always waits for its signal, so that not each request adds a listener and takes it away again.
    onAborted(controller.signal, () => undefined)
    return controller
  }

  giveBack(controller: AbortController): void {
    if (!controller.signal.aborted) this.#spare.push(controller)
  }
}
