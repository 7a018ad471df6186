import { OptionCheck } from '../../domain/check-option.js'
import { type Clock, systemClock } from '../../support/clock.js'
import type { Duration } from '../../support/duration.js'
import { quote } from '../../support/quote.js'
import type { ItemContext } from '../item-context.js'
import type { ItemProcessor } from '../item-processor.js'
import type { HttpCallContext, HttpClient } from './http-client.js'
import { HttpBodyError } from './http-errors.js'
import type { HttpRequest } from './http-request.js'
import type { HttpResponse } from './http-response.js'
import { LookupBatches } from './lookup-batch.js'
import { LookupCache } from './lookup-cache.js'

/** What is remembered of look-ups. */
export interface LookupCacheOptions {
  /** How many answers, those used last, hits and misses alike; 0: none. Default 10,000. */
  readonly size?: number
  /** How long an answer is good. Default 5 minutes. */
  readonly maxAge?: Duration
}

/** Options of an {@link HttpEnrichProcessor}, whether it looks up one key or several at once. */
export interface EnrichOptions<I, V, O> {
  /** The client of the service. */
  readonly client: HttpClient
  /** What to look up for an item; `undefined`: nothing, its value is `undefined` then. */
  readonly key: (item: I) => string | undefined
  /** Makes the output of an item and what was found, `undefined` where there is nothing. `null` filters the item. */
  readonly combine: (item: I, value: V | undefined, context: ItemContext) => O | null | undefined
  /** What is remembered of look-ups. Default: 10,000 answers, for 5 minutes. */
  readonly cache?: LookupCacheOptions
  /** The clock of `cache.maxAge`. Default: the system's; tests give a manual one. */
  readonly clock?: Clock
}

/** Options of an {@link HttpEnrichProcessor} that asks for one key at a time. */
export interface SingleEnrichOptions<I, V, O> extends EnrichOptions<I, V, O> {
  readonly batchSize?: undefined
  /** The request for a key. */
  readonly request: (key: string) => HttpRequest
  /** What the answer says; `undefined`: there is nothing. Default: its body, as JSON. */
  readonly value?: (response: HttpResponse, key: string) => V | undefined
  /** The statuses that mean that there is nothing. Default 404. */
  readonly missing?: readonly number[]
}

/** Options of an {@link HttpEnrichProcessor} that asks for several keys at once. */
export interface BatchEnrichOptions<I, V, O> extends EnrichOptions<I, V, O> {
  /**
   * The most keys a request, from 2; the step's `itemConcurrency` must be as many for them to come together. Default: one
   * key a request.
   */
  readonly batchSize: number
  /** The request for some keys, each once. */
  readonly request: (keys: readonly string[]) => HttpRequest
  /** What the answer says, by key; a key that is not there has nothing. */
  readonly values: (response: HttpResponse, keys: readonly string[]) => ReadonlyMap<string, V>
}

/** Options of {@link HttpEnrichProcessor}. */
export type HttpEnrichProcessorOptions<I, V, O> = SingleEnrichOptions<I, V, O> | BatchEnrichOptions<I, V, O>

const OWNER = 'HttpEnrichProcessor'
const MISSING = [404]
const KNOWN = ['client', 'key', 'request', 'value', 'values', 'missing', 'combine', 'batchSize', 'cache', 'clock']

/**
 * Adds to each item what a service knows of it. Keys that are being looked up are not asked for again, and answers are
 * remembered.
 *
 * One key a request is asked for as items are processed: give the step an `itemConcurrency`. With `batchSize`, keys that
 * items ask for at the same time go into one request. A step processes `itemConcurrency` items at once (1 by default), so
 * that is the most that a chunk brings together: make it as large as `batchSize`. A batch that is not full does not wait
 * for more items than are being processed. Items of concurrent chunks share batches.
 *
 * A request that fails fails every item that waits for it, and each of them may be tried again or skipped by the step on
 * its own; `combine` and `key` fail their own item only. Stateless over restarts. Throws what {@link HttpClient} throws,
 * and `HttpBodyError`.
 *
 * @example
 * ```ts
 * import { HttpClient, HttpEnrichProcessor } from 'chunkwise/http'
 *
 * interface Order { id: string; customer: string }
 * interface Customer { id: string; city: string }
 *
 * const client = new HttpClient({ baseUrl: 'https://crm.example.org/' })
 * export const withCity = new HttpEnrichProcessor({
 *   client,
 *   batchSize: 50,
 *   key: (order: Order) => order.customer,
 *   request: (ids) => ({ url: 'customers', query: { id: ids } }),
 *   values: (response) => new Map((response.json() as Customer[]).map((customer) => [customer.id, customer])),
 *   combine: (order, customer) => ({ ...order, city: customer?.city ?? 'unknown' }),
 * })
 * ```
 */
export class HttpEnrichProcessor<I, V, O> implements ItemProcessor<I, O> {
  readonly #options: HttpEnrichProcessorOptions<I, V, O>
  readonly #cache: LookupCache<V>
  readonly #batches: LookupBatches<V>

  /** Throws `InvalidOptionError` for options that cannot work. */
  constructor(options: HttpEnrichProcessorOptions<I, V, O>) {
    const check = new OptionCheck(OWNER)
    check.object(options, KNOWN)
    check.methods('client', options.client, ['request'], 'an HttpClient')
    const functions = ['key', 'request', 'combine', ...(options.batchSize === undefined ? [] : ['values'])]
    check.methods('options', options, functions, `an object with the functions ${functions.join(', ')}`)
    const { cache = {}, clock = systemClock } = options
    check.object(cache, ['size', 'maxAge'])
    const size = check.integer('cache.size', cache.size ?? 10_000, 0)
    this.#cache = new LookupCache(clock, size, check.duration('cache.maxAge', cache.maxAge ?? '5m'))
    this.#options = options
    this.#batches =
      options.batchSize === undefined
        ? new LookupBatches(([key], context) => this.#single(options, key as string, context), 1)
        : new LookupBatches(
            (keys, context) => this.#together(options, keys, context),
            check.integer('batchSize', options.batchSize, 2),
          )
  }

  process(item: I, context: ItemContext): O | null | undefined | Promise<O | null | undefined> {
    const { key: keyOf, combine } = this.#options
    const key = keyOf(item)
    if (key === undefined) return combine(item, undefined, context)
    const known = this.#cache.get(key)
    if (known !== undefined) return combine(item, known.value, context)
    return this.#batches.find(key, context, (value) => combine(item, value, context))
  }

  // Not async functions: each promise of an item costs, above all where promises are followed, as in a step.
  #single(
    { client, request: requestFor, value: valueOf, missing = MISSING }: SingleEnrichOptions<I, V, O>,
    key: string,
    context: HttpCallContext,
  ): Promise<readonly (V | undefined)[]> {
    const request = requestFor(key)
    const accept = request.accept === undefined ? missing : [...missing, ...request.accept]
    // Not spread: see send-request.ts.
    return client.request(Object.assign({}, request, { accept }), context).then((response) => {
      const isMissing = missing.includes(response.status)
      const value = isMissing ? undefined : valueOf === undefined ? (response.json() as V) : valueOf(response, key)
      this.#cache.set(key, value)
      return [value]
    })
  }

  async #together(
    { client, request, values: valuesOf }: BatchEnrichOptions<I, V, O>,
    keys: readonly string[],
    context: HttpCallContext,
  ): Promise<readonly (V | undefined)[]> {
    const response = await client.request(request(keys), context)
    const found: unknown = valuesOf(response, keys)
    if (!(found instanceof Map)) {
      throw new HttpBodyError(response.call, `a body of which \`values\` made ${quote(found)} instead of a Map`)
    }
    return keys.map((key) => {
      const value = found.get(key) as V | undefined
      this.#cache.set(key, value)
      return value
    })
  }
}
