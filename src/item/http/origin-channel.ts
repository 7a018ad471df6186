import { backoffDelay } from '../../domain/backoff.js'
import { sleep } from '../../support/clock.js'
import type { Logger } from '../../support/logger.js'
import { warnRarely } from '../../support/rare-warning.js'
import { type Admission, CircuitBreaker, type Outcome } from './circuit-breaker.js'
import type { CheckedClientOptions } from './client-options.js'
import { type HttpDispatcher, openDispatcher, type OwnDispatcher } from './http-dispatcher.js'
import { HttpConnectionError, HttpError, HttpStatusError, HttpTimeoutError } from './http-errors.js'
import { lowerCased, type PreparedRequest } from './http-request.js'
import type { HttpResponse } from './http-response.js'
import { OriginGate } from './origin-gate.js'
import { RateLimit } from './rate-limit.js'
import { RequestSlots } from './request-slots.js'
import { retryAfterOf } from './retry-after.js'
import { sendRequest } from './send-request.js'

/** The shortest wait for a service that asks for one, in milliseconds: one that asks for none would be asked for ever. */
const LEAST_WAIT = 100

/** What one request has used up. */
interface Tries {
  /** Attempts that have failed. */
  failed: number
  /** Milliseconds that the service has asked it to wait. */
  waited: number
}

/** All that goes to one origin: its connections, what limits them, and what is tried again. */
export class OriginChannel {
  readonly #origin: string
  readonly #options: CheckedClientOptions
  readonly #slots: RequestSlots
  readonly #gate: OriginGate
  #own: Promise<OwnDispatcher> | undefined

  constructor(origin: string, options: CheckedClientOptions) {
    const { clock, rateLimit, circuitBreaker: breaker } = options
    this.#origin = origin
    this.#options = options
    this.#slots = new RequestSlots(options.connections)
    this.#gate = new OriginGate({
      clock,
      rateLimit: rateLimit && new RateLimit(rateLimit.requests, rateLimit.per),
      breaker: breaker && new CircuitBreaker(clock, breaker.failures, breaker.pause),
    })
  }

  /** Sends a request until it is answered, or until nothing allows another attempt. */
  async send(request: PreparedRequest, signal: AbortSignal, logger: Logger | undefined): Promise<HttpResponse> {
    const tries: Tries = { failed: 0, waited: 0 }
    for (;;) {
      try {
        return await this.#attempt(request, signal)
      } catch (error) {
        const delay = signal.aborted ? undefined : this.#waitAfter(error, request, tries)
        if (delay === undefined) throw error
        if (logger !== undefined) {
          warnRarely({ clock: this.#options.clock, logger }, { error, delay }, 'a failed request is sent again')
        }
        await sleep(this.#options.clock, delay, signal)
      }
    }
  }

  /** Ends its connections. */
  async close(): Promise<void> {
    const own = this.#own
    this.#own = undefined
    // One that could not be opened has been reported by the request that wanted it.
    const opened = await own?.catch(() => undefined)
    await opened?.destroy(null)
  }

  async #attempt(request: PreparedRequest, signal: AbortSignal): Promise<HttpResponse> {
    await this.#slots.claim(signal)
    const admission: Admission = { isProbe: false }
    let outcome: Outcome = 'unknown'
    try {
      await this.#gate.enter(admission, signal)
      const response = await this.#sendOnce(request, signal)
      outcome = 'success'
      return response
    } catch (error) {
      outcome = signal.aborted ? 'unknown' : outcomeOf(error)
      throw error
    } finally {
      this.#gate.leave(admission, outcome)
      this.#slots.release()
    }
  }

  async #sendOnce(request: PreparedRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { headers: given, clock, timeouts, maxResponseBytes } = this.#options
    const own = lowerCased(typeof given === 'function' ? await given() : given)
    const headers = { accept: 'application/json', ...own, ...request.headers }
    const dispatcher = await this.#dispatcher()
    signal.throwIfAborted()
    const limits = { headers: timeouts.headers, body: timeouts.body, maxResponseBytes }
    const response = await sendRequest(request, headers, { dispatcher, limits, clock, signal })
    const { status } = response
    if ((status >= 200 && status < 300) || request.accept.includes(status)) return response
    throw this.#statusError(request, response)
  }

  #dispatcher(): HttpDispatcher | Promise<HttpDispatcher> {
    const { dispatcher, connections, timeouts, tls, proxy } = this.#options
    if (dispatcher !== undefined) return dispatcher
    this.#own ??= openDispatcher(this.#origin, { connections, connectTimeout: timeouts.connect, tls, proxy })
    return this.#own
  }

  #statusError({ call }: PreparedRequest, { status, headers, bytes }: HttpResponse): HttpStatusError {
    return new HttpStatusError(call, {
      status,
      body: new TextDecoder().decode(bytes.subarray(0, 4096)),
      retryAfter: retryAfterOf(headers, this.#options.clock.now()),
      location: status < 400 ? headers['location'] : undefined,
      transient: this.#options.statuses.has(status),
    })
  }

  /** How long a request waits for its next attempt, in milliseconds; `undefined`: there is none. */
  #waitAfter(error: unknown, request: PreparedRequest, tries: Tries): number | undefined {
    const { retryAfter, maxAttempts, backoff, circuitBreaker } = this.#options
    const asked = askedWait(error)
    const isObeyed = asked !== undefined && retryAfter > 0
    const wait = Math.max(asked ?? 0, LEAST_WAIT)
    // Everybody obeys, whether this request is sent again or not.
    if (isObeyed) this.#gate.pause(Math.min(wait, retryAfter))
    if (!(error instanceof HttpError) || !error.transient || !mayRepeat(error, request)) return undefined
    if (isObeyed) {
      tries.waited += wait
      return tries.waited <= retryAfter ? 0 : undefined
    }
    const openFor = this.#gate.openFor
    // The gate makes it wait.
    if (openFor !== undefined && openFor < (circuitBreaker?.patience ?? 0)) return 0
    if (++tries.failed >= maxAttempts) return undefined
    const delay = backoffDelay(backoff, tries.failed)
    if (isTooMany(error)) this.#gate.pause(delay)
    return delay
  }
}

/** How long the service asks everybody to wait. */
function askedWait(error: unknown): number | undefined {
  return error instanceof HttpStatusError && (error.status === 429 || error.status === 503)
    ? error.retryAfter
    : undefined
}

function isTooMany(error: HttpError): boolean {
  return error instanceof HttpStatusError && error.status === 429
}

/** Whether it does no harm if the request that failed has taken effect. */
function mayRepeat(error: HttpError, request: PreparedRequest): boolean {
  if (request.idempotent || isTooMany(error)) return true
  if (error instanceof HttpTimeoutError) return error.phase === 'connect'
  return error instanceof HttpConnectionError && !error.sent
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof HttpStatusError) {
    if (error.status === 429) return 'unknown'
    return error.status >= 500 ? 'failure' : 'success'
  }
  if (error instanceof HttpTimeoutError || error instanceof HttpConnectionError) return 'failure'
  return error instanceof HttpError ? 'success' : 'unknown'
}
