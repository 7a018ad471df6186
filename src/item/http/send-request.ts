import { onAborted } from '../../support/abort.js'
import type { Clock, Timer } from '../../support/clock.js'
import { connectionError, timeoutOf } from './dispatch-failure.js'
import type { DispatchController, DispatchHandler, DispatchHeaders, HttpDispatcher } from './http-dispatcher.js'
import { HttpError, type HttpPhase, HttpTimeoutError, HttpTooLargeError } from './http-errors.js'
import type { PreparedRequest } from './http-request.js'
import { HttpResponse } from './http-response.js'

/** The limits of one attempt, in milliseconds and bytes. */
export interface SendLimits {
  readonly headers: number
  readonly body: number
  readonly maxResponseBytes: number
}

/** What an attempt is made with. */
export interface SendOptions {
  readonly dispatcher: HttpDispatcher
  readonly limits: SendLimits
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Sends a request once and reads the whole answer, whatever its status. When it settles nothing of it is under way any
 * more: the connection is free again, or destroyed. Rejects with the signal's reason when that is aborted.
 */
export function sendRequest(
  request: PreparedRequest,
  headers: Readonly<Record<string, string>>,
  options: SendOptions,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const exchange = new Exchange(request, options, resolve, reject)
    const { origin, path, method, body } = request
    try {
      // Its limits are kept by the exchange, by the client's own clock.
      const call = { origin, path, method, headers: { ...headers }, body, headersTimeout: 0, bodyTimeout: 0 }
      options.dispatcher.dispatch(call, exchange)
    } catch (error) {
      exchange.onResponseError(undefined, error as Error)
    }
  })
}

/** One request and what comes back. */
class Exchange implements DispatchHandler {
  readonly #request: PreparedRequest
  readonly #options: SendOptions
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (error: Error) => void
  readonly #parts: Uint8Array[] = []
  #size = 0
  #status = 0
  #headers: DispatchHeaders = {}
  #controller: DispatchController | undefined
  #timer: Timer | undefined
  readonly #unsubscribe: (() => void) | undefined
  #failure: { readonly error: Error } | undefined

  constructor(
    request: PreparedRequest,
    options: SendOptions,
    resolve: (response: HttpResponse) => void,
    reject: (error: Error) => void,
  ) {
    this.#request = request
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
    this.#limit('headers', options.limits.headers)
    this.#unsubscribe = onAborted(options.signal, () => this.#fail(options.signal.reason as Error))
  }

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller
    // It has waited in the dispatcher for a connection, and nobody wants it any more.
    if (this.#failure !== undefined) controller.abort(this.#failure.error)
  }

  onResponseStart(_controller: DispatchController, status: number, headers: DispatchHeaders): void {
    // Not the answer yet.
    if (status < 200 || this.#failure !== undefined) return
    this.#status = status
    this.#headers = headers
    this.#limit('body', this.#options.limits.body)
  }

  onResponseData(_controller: DispatchController, part: Uint8Array): void {
    const { maxResponseBytes } = this.#options.limits
    this.#size += part.length
    if (this.#size <= maxResponseBytes) this.#parts.push(part)
    else this.#fail(new HttpTooLargeError(this.#request.call, maxResponseBytes))
  }

  onResponseEnd(): void {
    if (this.#failure !== undefined) return
    this.#end()
    const { call, origin, path } = this.#request
    const parts = { call, url: origin + path, status: this.#status, headers: this.#headers }
    this.#resolve(new HttpResponse({ ...parts, bytes: Buffer.concat(this.#parts) }))
  }

  onResponseError(_controller: DispatchController | undefined, error: Error): void {
    const { call } = this.#request
    this.#fail(error instanceof HttpError ? error : (timeoutOf(call, error) ?? connectionError(call, error)))
  }

  /** The part that begins now may take so many milliseconds. */
  #limit(phase: HttpPhase, milliseconds: number): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(milliseconds, () =>
      this.#fail(new HttpTimeoutError(this.#request.call, phase, milliseconds)),
    )
  }

  /** Ends it; what comes later is dropped. */
  #fail(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = { error }
    this.#end()
    this.#reject(error)
    this.#controller?.abort(error)
  }

  #end(): void {
    this.#timer?.cancel()
    this.#unsubscribe?.()
  }
}
