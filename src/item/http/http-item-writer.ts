import { OptionCheck } from '../../domain/check-option.js'
import type { WriteContext } from '../item-context.js'
import type { ItemWriter } from '../item-writer.js'
import { checkStatuses } from './client-options.js'
import type { HttpClient } from './http-client.js'
import { HttpItemRefusedError, HttpStatusError } from './http-errors.js'
import type { HttpRequest } from './http-request.js'
import type { HttpResponse } from './http-response.js'
import { chunkHeader, itemHeader } from './idempotency-key.js'
import { sideBySide } from './side-by-side.js'

/** Options of an {@link HttpItemWriter}, whether it sends items or chunks. */
export interface HttpWriteOptions {
  /** The client of the service. */
  readonly client: HttpClient
  /**
   * The header that carries the idempotency key; `false`: none is sent, and what fails on its way is not sent again unless
   * the request's method or its `idempotent` says that it may be. Default `'Idempotency-Key'`.
   */
  readonly idempotencyKey?: string | false
  /**
   * The statuses that mean that the item itself is refused: they are thrown as `HttpItemRefusedError`, for `skip.on`.
   * Default 400, 404, 409, 410, 413 and 422. The client's `retry.statuses` are sent again; all others are `HttpStatusError`.
   */
  readonly refusedStatuses?: readonly number[]
}

/** Options of an {@link HttpItemWriter} that sends each item in a request of its own. */
export interface HttpItemWriteOptions<T> extends HttpWriteOptions {
  /** `'item'`, the default: a request for each item. */
  readonly per?: 'item'
  /** The request for an item, `method: 'POST'` mostly. `key` is what its idempotency header carries. */
  readonly request: (item: T, key: string) => HttpRequest
  /**
   * Called with the answer, and awaited. What it throws, or rejects with, fails the chunk. Default: the status alone says
   * it.
   */
  readonly onResponse?: (response: HttpResponse, item: T) => void | Promise<void>
  /** How many items of a chunk are sent at once. Default 1: in their order, one after another. */
  readonly requestConcurrency?: number
}

/** Options of an {@link HttpItemWriter} that sends a chunk in one request. */
export interface HttpChunkWriteOptions<T> extends HttpWriteOptions {
  /** `'chunk'`: one request for the items of a chunk. */
  readonly per: 'chunk'
  /** The request for a chunk. `keys[i]` is the key of `items[i]`; the header carries one made of them all. */
  readonly request: (items: readonly T[], keys: readonly string[]) => HttpRequest
  /**
   * Called with the answer, and awaited: it throws where a service says in the body that it has not taken everything.
   * Default: the status alone says it.
   */
  readonly onResponse?: (response: HttpResponse, items: readonly T[]) => void | Promise<void>
}

/** Options of {@link HttpItemWriter}. */
export type HttpItemWriterOptions<T> = HttpItemWriteOptions<T> | HttpChunkWriteOptions<T>

const REFUSED = [400, 404, 409, 410, 413, 422]
const KNOWN = ['client', 'per', 'request', 'onResponse', 'requestConcurrency', 'idempotencyKey', 'refusedStatuses']

/**
 * Sends items to a service: a request an item, or one a chunk. At-least-once: a chunk whose commit fails, and one whose
 * process dies, is sent again, after a restart too, with the same idempotency keys. A service that honours them takes
 * each item once; one that does not must not mind the repetition. The key of a chunk is made of those of its items: a
 * restart with another chunk size sends other chunks.
 *
 * When a request fails, no further one is begun, those under way are awaited, and the first error is thrown, one that
 * is not about an item before those that are. Where the step skips, the items of the chunk are then sent again one by one,
 * each with its own key (a chunk request with the key of that one item), to find those that are refused. A request for a
 * chunk must therefore take all of its items or none.
 *
 * Throws what {@link HttpClient} throws, and `HttpItemRefusedError`.
 *
 * @example
 * ```ts
 * import { HttpClient, HttpItemWriter } from 'chunkwise/http'
 *
 * const client = new HttpClient({ baseUrl: 'https://mail.example.org/' })
 * export const letters = new HttpItemWriter<{ to: string; text: string }>({
 *   client,
 *   request: (letter) => ({ method: 'POST', url: 'letters', json: letter }),
 *   requestConcurrency: 8,
 * })
 * ```
 */
export class HttpItemWriter<T> implements ItemWriter<T> {
  /** The transaction can wait until everything is sent. */
  readonly usesClient = false
  readonly #client: HttpClient
  readonly #options: HttpItemWriterOptions<T>
  readonly #refused: ReadonlySet<number>
  readonly #header: string | undefined
  readonly #concurrency: number

  /** Throws `InvalidOptionError` for options that cannot work. */
  constructor(options: HttpItemWriterOptions<T>) {
    const check = new OptionCheck('HttpItemWriter')
    check.object(options, KNOWN)
    check.methods('client', options.client, ['request'], 'an HttpClient')
    if (options.per !== undefined) check.oneOf('per', options.per, ['item', 'chunk'])
    if (typeof options.request !== 'function') check.fail('request', options.request, 'a function that makes a request')
    if (options.onResponse !== undefined && typeof options.onResponse !== 'function') {
      check.fail('onResponse', options.onResponse, 'a function')
    }
    const { idempotencyKey = 'Idempotency-Key' } = options
    if (idempotencyKey !== false) check.text('idempotencyKey', idempotencyKey)
    this.#client = options.client
    this.#options = options
    this.#refused = checkStatuses(check, 'refusedStatuses', options.refusedStatuses ?? REFUSED)
    this.#header = idempotencyKey === false ? undefined : idempotencyKey
    this.#concurrency = concurrencyOf(check, options)
  }

  async write(items: readonly T[], context: Pick<WriteContext, 'keys' | 'signal' | 'logger'>): Promise<void> {
    const options = this.#options
    if (options.per === 'chunk') {
      const request = options.request(items, context.keys)
      await this.#send(request, chunkHeader(context.keys), context, (response) => options.onResponse?.(response, items))
      return
    }
    const failures = await sideBySide(items.length, this.#concurrency, (index) => {
      const item = items[index] as T
      const key = itemHeader(context.keys[index] ?? '')
      const request = options.request(item, key)
      return this.#send(request, key, context, (response) => options.onResponse?.(response, item))
    })
    if (failures.length === 0) return
    throw failures.find((error) => !(error instanceof HttpItemRefusedError)) ?? failures[0]
  }

  // Not an async function, which would cost a promise more.
  #send(
    request: HttpRequest,
    key: string,
    context: Pick<WriteContext, 'signal' | 'logger'>,
    onResponse: (response: HttpResponse) => void | Promise<void>,
  ): Promise<void> {
    const header = this.#header
    // With the key the service can tell a repetition, so that none does harm.
    const keyed = header === undefined ? request : withHeader(request, header, key)
    return this.#client.request(keyed, context).then(onResponse, (error: unknown) => {
      if (error instanceof HttpStatusError && this.#refused.has(error.status)) throw new HttpItemRefusedError(error)
      throw error
    })
  }
}

function withHeader(request: HttpRequest, name: string, value: string): HttpRequest {
  // Not spread: see send-request.ts.
  const headers: Record<string, string> = Object.assign({}, request.headers)
  headers[name] = value
  return Object.assign({}, request, { headers, idempotent: request.idempotent ?? true })
}

function concurrencyOf<T>(check: OptionCheck, options: HttpItemWriterOptions<T>): number {
  const { requestConcurrency = 1 } = options as HttpItemWriteOptions<T>
  if (options.per === 'chunk' && requestConcurrency !== 1) {
    check.fail('requestConcurrency', requestConcurrency, "left out where a chunk is one request (per: 'chunk')")
  }
  return check.integer('requestConcurrency', requestConcurrency, 1)
}
