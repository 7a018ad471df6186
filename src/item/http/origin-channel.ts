import { backoffDelay } from '../../domain/backoff.js'
import { sleep } from '../../support/clock.js'
import type { Logger } from '../../support/logger.js'
import { warnRarely } from '../../support/rare-warning.js'
import { type Admission, CircuitBreaker, type Outcome } from './circuit-breaker.js'
import type { CheckedClientOptions } from './client-options.js'
import { Deadlines } from './deadlines.js'
import type { HttpClientCall } from './http-call.js'
import { type HttpDispatcher, openDispatcher, type OwnDispatcher } from './http-dispatcher.js'
import { HttpConnectionError, HttpError, HttpStatusError, HttpTimeoutError } from './http-errors.js'
import { lowerCased, type PreparedRequest } from './http-request.js'
import type { HttpResponse } from './http-response.js'
import { OriginGate } from './origin-gate.js'
import { RateLimit } from './rate-limit.js'
import { RequestSlots } from './request-slots.js'
import { retryAfterOf } from './retry-after.js'
import { type ExchangeLimits, sendRequest, type Settles } from './send-request.js'

/** The shortest wait for a service that asks for one, in milliseconds: one that asks for none would be asked for ever. */
const LEAST_WAIT = 100

/** What one request has used up. */
interface Tries {
  /** Attempts that have failed. */
  failed: number
  /** Milliseconds that the service has asked it to wait. */
  waited: number
}

/** What an attempt is made with. */
interface Prepared {
  readonly headers: Readonly<Record<string, string>>
  readonly dispatcher: HttpDispatcher
  readonly admission: Admission
}

/** All that goes to one origin: its connections, what limits them, and what is tried again. */
export class OriginChannel {
  readonly #origin: string
  readonly #options: CheckedClientOptions
  readonly #slots: RequestSlots
  readonly #gate: OriginGate
  readonly #limits: ExchangeLimits
  /** The client's own, where they are the same for all requests. */
  readonly #headers: Readonly<Record<string, string>> | undefined
  #dispatcher: HttpDispatcher | undefined
  #own: Promise<OwnDispatcher> | undefined

  constructor(origin: string, options: CheckedClientOptions) {
    const { clock, rateLimit, circuitBreaker: breaker, timeouts, maxResponseBytes, headers } = options
    this.#origin = origin
    this.#options = options
    this.#slots = new RequestSlots(options.connections)
    this.#gate = new OriginGate({
      clock,
      rateLimit: rateLimit && new RateLimit(rateLimit.requests, rateLimit.per),
      breaker: breaker && new CircuitBreaker(clock, breaker.failures, breaker.pause),
    })
    this.#limits = { timeouts, maxResponseBytes, deadlines: new Deadlines(clock) }
    this.#headers = typeof headers === 'function' ? undefined : withDefaults(headers)
    this.#dispatcher = options.dispatcher
  }

  /**
   * Sends a request until it is answered, or until nothing allows another attempt; then closes the call. One that succeeds
   * at once costs one promise: each of them costs, above all where promises are followed, as in a step.
   */
  send(call: HttpClientCall, logger: Logger | undefined): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      this.#attempt(call, {
        answered(response) {
          call.close()
          resolve(response)
        },
        // Failures that come together are all counted before the first of them asks what to do.
        failed: (error) =>
          void Promise.resolve()
            .then(() => this.#sendAgain(error, call, logger))
            .then(resolve, reject),
      })
    })
  }

  /** An attempt has failed with `failure`. */
  async #sendAgain(failure: unknown, call: HttpClientCall, logger: Logger | undefined): Promise<HttpResponse> {
    const tries: Tries = { failed: 0, waited: 0 }
    let error = failure
    try {
      for (;;) {
        call.throwIfEnded()
        const delay = this.#waitAfter(error, call.request, tries)
        if (delay === undefined) throw error
        if (logger !== undefined) {
          warnRarely({ clock: this.#options.clock, logger }, { error, delay }, 'a failed request is sent again')
        }
        // Without a delay it is the gate that makes it wait.
        if (delay > 0) await sleep(this.#options.clock, delay, call.signal)
        try {
          return await new Promise((answered, failed) => this.#attempt(call, { answered, failed }))
        } catch (thrown) {
          error = thrown
        }
      }
    } finally {
      call.close()
    }
  }

  /** Ends its connections. */
  async close(): Promise<void> {
    const own = this.#own
    this.#own = undefined
    this.#dispatcher = this.#options.dispatcher
    // One that could not be opened has been reported by the request that wanted it.
    const opened = await own?.catch(() => undefined)
    await opened?.destroy(null)
  }

  /** Waits only where there is something to wait for. */
  #attempt(call: HttpClientCall, outcome: Settles): void {
    const headers = this.#headers
    const dispatcher = this.#dispatcher
    if (headers !== undefined && dispatcher !== undefined && this.#slots.take()) {
      if (this.#gate.pass()) {
        this.#exchange(call, { headers, dispatcher, admission: { isProbe: false } }, outcome)
        return
      }
      this.#slots.release()
    }
    this.#attemptLater(call, outcome).catch(outcome.failed)
  }

  /** Waits for a slot, the gate, and what is to be asked for. Rejects where it comes to no exchange. */
  async #attemptLater(call: HttpClientCall, outcome: Settles): Promise<void> {
    if (!this.#slots.take()) await this.#slots.wait(call.signal)
    const admission: Admission = { isProbe: false }
    let headers: Readonly<Record<string, string>>
    let dispatcher: HttpDispatcher
    try {
      if (!this.#gate.pass()) await this.#gate.enter(admission, call.signal)
      headers = this.#headers ?? (await this.#askedHeaders())
      dispatcher = this.#dispatcher ?? (await this.#opened())
      call.throwIfEnded()
    } catch (error) {
      this.#leave(admission, call.ended ? 'unknown' : outcomeOf(error))
      throw error
    }
    // At once: who ends the call later finds the exchange under way.
    this.#exchange(call, { headers, dispatcher, admission }, outcome)
  }

  /** Sends it, with a slot and past the gate; leaves both when it is over. */
  #exchange(call: HttpClientCall, { headers, dispatcher, admission }: Prepared, outcome: Settles): void {
    const failed = (error: Error): void => {
      this.#leave(admission, call.ended ? 'unknown' : outcomeOf(error))
      outcome.failed(error)
    }
    const answered = (response: HttpResponse): void => {
      const { status } = response
      if ((status < 200 || status >= 300) && !call.request.accept.includes(status)) {
        failed(this.#statusError(call.request, response))
        return
      }
      this.#leave(admission, 'success')
      outcome.answered(response)
    }
    sendRequest(call, headers, dispatcher, { limits: this.#limits, answered, failed })
  }

  #leave(admission: Admission, outcome: Outcome): void {
    this.#gate.leave(admission, outcome)
    this.#slots.release()
  }

  async #askedHeaders(): Promise<Readonly<Record<string, string>>> {
    const { headers } = this.#options
    return withDefaults(typeof headers === 'function' ? await headers() : headers)
  }

  /** The dispatcher of its own, which the first request opens. */
  async #opened(): Promise<HttpDispatcher> {
    const { connections, timeouts, tls, proxy } = this.#options
    this.#own ??= openDispatcher(this.#origin, { connections, connectTimeout: timeouts.connect, tls, proxy })
    const own = this.#own
    const opened = await own
    // Unless it has been closed meanwhile.
    if (this.#own === own) this.#dispatcher = opened
    return opened
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

function withDefaults(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { accept: 'application/json', ...lowerCased(headers) }
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
