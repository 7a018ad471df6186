import { onAborted } from '../../support/abort.js'
import { nextTurn } from '../../support/clock.js'
import type { HttpCallContext } from './http-client.js'

/** Looks up keys together: resolves with what there is for each, in their order. */
export type LookUp<V> = (keys: readonly string[], context: HttpCallContext) => Promise<readonly (V | undefined)[]>

/** Somebody who waits for a key. */
interface Waiter<V> {
  found(value: V | undefined): void
  failed(error: unknown): void
}

/** A key that was asked for and has not been answered. */
interface Wanted<V> {
  readonly key: string
  readonly batch: Batch<V>
  /** Those who have not given up. */
  readonly waiters: Set<Waiter<V>>
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
  readonly #wanted = new Map<string, Wanted<V>>()
  readonly #controllers = new SpareControllers()
  #open: Batch<V> | undefined

  constructor(lookUp: LookUp<V>, size: number) {
    this.#lookUp = lookUp
    this.#size = size
  }

  /** What there is for a key. Rejects with the signal's reason when that is aborted, and when the look-up fails. */
  find(key: string, { signal, logger }: HttpCallContext): Promise<V | undefined> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const wanted = this.#wanted.get(key) ?? this.#add(key, logger)
    return new Promise((resolve, reject) => {
      const waiter: Waiter<V> = {
        found(value) {
          unsubscribe?.()
          resolve(value)
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
    let batch = this.#open
    if (batch === undefined) {
      this.#open = batch = { wanted: [], controller: this.#controllers.take(), logger }
      if (this.#size > 1) void this.#sendLater(batch)
    }
    const wanted = { key, batch, waiters: new Set<Waiter<V>>() }
    batch.wanted.push(wanted)
    this.#wanted.set(key, wanted)
    if (batch.wanted.length === this.#size) void this.#send(batch)
    return wanted
  }

  /** The items of a chunk come one after another, each in a turn of its own among promises. */
  async #sendLater(batch: Batch<V>): Promise<void> {
    await nextTurn()
    if (this.#open === batch) await this.#send(batch)
  }

  async #send(batch: Batch<V>): Promise<void> {
    if (this.#open === batch) this.#open = undefined
    const { wanted, controller, logger } = batch
    const keys = wanted.map(({ key }) => key)
    const { signal } = controller
    try {
      const values = await this.#lookUp(keys, logger === undefined ? { signal } : { signal, logger })
      this.#forget(batch)
      wanted.forEach(({ waiters }, index) => waiters.forEach((waiter) => waiter.found(values[index])))
    } catch (error) {
      this.#forget(batch)
      for (const { waiters } of wanted) for (const waiter of waiters) waiter.failed(error)
    }
    this.#controllers.giveBack(controller)
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
    for (const wanted of batch.wanted) if (this.#wanted.get(wanted.key) === wanted) this.#wanted.delete(wanted.key)
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
