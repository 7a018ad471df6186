import { onAborted } from '../../support/abort.js'
import { nextTurn } from '../../support/clock.js'
import type { HttpCallContext } from './http-client.js'
import type { Found } from './lookup-cache.js'

/** Looks up keys together: resolves with what there is for each, in their order. */
export type LookUp<V> = (keys: readonly string[], context: HttpCallContext) => Promise<readonly (V | undefined)[]>

interface Wanted<V> {
  readonly key: string
  readonly answer: Promise<Found<V>>
  readonly resolve: (found: Found<V>) => void
  readonly reject: (error: unknown) => void
  /** Those who wait for it and have not given up. */
  waiting: number
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
  /** What was asked for and has not been answered. */
  readonly #wanted = new Map<string, { readonly wanted: Wanted<V>; readonly batch: Batch<V> }>()
  #open: Batch<V> | undefined

  constructor(lookUp: LookUp<V>, size: number) {
    this.#lookUp = lookUp
    this.#size = size
  }

  /** What there is for a key. Rejects with the signal's reason when that is aborted, and when the look-up fails. */
  find(key: string, { signal, logger }: HttpCallContext): Promise<Found<V>> {
    const { wanted, batch } = this.#wanted.get(key) ?? this.#add(key, logger)
    wanted.waiting++
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        reject(signal?.reason as Error)
        wanted.waiting--
        if (batch.wanted.every(({ waiting }) => waiting === 0)) this.#giveUp(batch, signal?.reason)
      }
      const unsubscribe = signal && onAborted(signal, giveUp)
      void wanted.answer.then(resolve, reject).finally(unsubscribe)
    })
  }

  #add(key: string, logger: HttpCallContext['logger']): { readonly wanted: Wanted<V>; readonly batch: Batch<V> } {
    let batch = this.#open
    if (batch === undefined) {
      this.#open = batch = { wanted: [], controller: new AbortController(), logger }
      if (this.#size > 1) void this.#sendLater(batch)
    }
    const wanted = newWanted<V>(key)
    batch.wanted.push(wanted)
    const added = { wanted, batch }
    this.#wanted.set(key, added)
    if (batch.wanted.length === this.#size) void this.#send(batch)
    return added
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
    try {
      controller.signal.throwIfAborted()
      const context = { signal: controller.signal, ...(logger === undefined ? {} : { logger }) }
      const values = await this.#lookUp(keys, context)
      wanted.forEach(({ resolve }, index) => resolve({ value: values[index] }))
    } catch (error) {
      for (const { reject } of wanted) reject(error)
    } finally {
      this.#forget(batch)
    }
  }

  #giveUp(batch: Batch<V>, reason: unknown): void {
    this.#forget(batch)
    if (this.#open === batch) this.#open = undefined
    batch.controller.abort(reason)
  }

  #forget(batch: Batch<V>): void {
    for (const { key } of batch.wanted) if (this.#wanted.get(key)?.batch === batch) this.#wanted.delete(key)
  }
}

function newWanted<V>(key: string): Wanted<V> {
  let settle: Pick<Wanted<V>, 'resolve' | 'reject'> | undefined
  const answer = new Promise<Found<V>>((resolve, reject) => (settle = { resolve, reject }))
  // Who waits for it is told; nobody may be left.
  answer.catch(() => undefined)
  return { key, answer, waiting: 0, ...(settle as unknown as Pick<Wanted<V>, 'resolve' | 'reject'>) }
}
