import { Bag } from '../../support/bag.js'
import type { Logger } from '../../support/logger.js'
import { type CheckedClientOptions, checkClientOptions, type HttpClientOptions } from './client-options.js'
import { HttpClientCall } from './http-call.js'
import { HttpClientClosedError, HttpOriginError } from './http-errors.js'
import { type HttpRequest, type PreparedRequest, prepareRequest } from './http-request.js'
import type { HttpResponse } from './http-response.js'
import { OriginChannel } from './origin-channel.js'

/** What a request is made in: the context of a reader, a processor or a writer is one. */
export interface HttpCallContext {
  /** Ends the request, and every wait for it, when it is aborted. */
  readonly signal?: AbortSignal
  /** Is told, rarely, that failed requests are sent again. */
  readonly logger?: Logger
}

/**
 * A client of one service, to be shared by all steps that use it: connections that are kept alive and limited, timeouts, a
 * rate limit, and a service that asks to be left alone is left alone by all of them. Needs the package `undici`, unless the
 * host hands in a `dispatcher`. Redirects are not followed. Close it when the last step that uses it has ended.
 *
 * @example
 * ```ts
 * import { HttpClient } from 'chunkwise/http'
 *
 * const shop = new HttpClient({
 *   baseUrl: 'https://shop.example.org/api/',
 *   headers: async () => ({ authorization: `Bearer ${process.env['SHOP_TOKEN']}` }),
 *   rateLimit: { requests: 100, per: '1s' },
 * })
 * const order = (await shop.request({ url: 'orders/17' })).json()
 * await shop.close()
 * ```
 */
export class HttpClient implements AsyncDisposable {
  readonly #options: CheckedClientOptions
  readonly #channels = new Map<string, OriginChannel>()
  /** The requests that are under way or wait. */
  readonly #calls = new Bag<HttpClientCall>()
  #closed = false

  /** Opens nothing yet. Throws `InvalidOptionError` for options that cannot work. */
  constructor(options: HttpClientOptions) {
    this.#options = checkClientOptions(options)
  }

  /**
   * Sends a request and resolves with its whole answer, of a status that is a success or is accepted by the request. What
   * fails in passing is sent again as `retry`, `retryAfter` and `circuitBreaker` say, if it does no harm.
   *
   * Rejects with the signal's reason when that is aborted, else with `HttpStatusError`, `HttpTimeoutError`,
   * `HttpConnectionError`, `HttpTooLargeError`, `HttpOriginError` for an origin that is not the client's,
   * `InvalidOptionError` for a request that cannot be sent, `MissingPackageError`, or `HttpClientClosedError`. When it
   * has settled, nothing of it is under way any more.
   */
  // Not an async function: each promise of a call costs, above all where promises are followed, as in a step.
  request(request: HttpRequest, { signal, logger }: HttpCallContext = {}): Promise<HttpResponse> {
    try {
      signal?.throwIfAborted()
      if (this.#closed) throw new HttpClientClosedError()
      const prepared = prepareRequest(request, this.#options.baseUrl)
      const channel = this.#channel(prepared)
      return channel.send(new HttpClientCall(prepared, this.#calls, signal), logger)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /** Ends all requests with `HttpClientClosedError`, then the connections. May be called again. */
  async close(): Promise<void> {
    this.#closed = true
    for (const call of this.#calls.members) call.end(new HttpClientClosedError())
    await Promise.all([...this.#channels.values()].map((channel) => channel.close()))
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #channel({ origin, call }: PreparedRequest): OriginChannel {
    const { origins } = this.#options
    if (!origins.includes(origin)) throw new HttpOriginError(call, origin, origins)
    let channel = this.#channels.get(origin)
    if (channel === undefined) this.#channels.set(origin, (channel = new OriginChannel(origin, this.#options)))
    return channel
  }
}
