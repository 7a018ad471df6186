import { connectionError, timeoutOf } from './dispatch-failure.js'
import type { CheckedClientOptions } from './client-options.js'
import type { Deadlines, Limited } from './deadlines.js'
import type { DispatchController, DispatchHandler, DispatchHeaders, HttpDispatcher } from './http-dispatcher.js'
import type { HttpClientCall } from './http-call.js'
import { HttpError, HttpTimeoutError, HttpTooLargeError } from './http-errors.js'
import { HttpResponse } from './http-response.js'

/** How long an exchange may take, and how much may come. */
export interface ExchangeLimits extends Pick<CheckedClientOptions, 'timeouts' | 'maxResponseBytes'> {
  readonly deadlines: Deadlines
}

/** Is told what becomes of an exchange: one of the two is called, once. */
export interface Settles {
  /** The whole answer has come, whatever its status. */
  readonly answered: (response: HttpResponse) => void
  /** With the call's reason when that has ended early. */
  readonly failed: (error: Error) => void
}

/** How an exchange is made, and who is told. */
export interface ExchangeOptions extends Settles {
  readonly limits: ExchangeLimits
}

/**
 * Sends the request of a call once, with these headers besides its own, and reads the whole answer. When one of the two is
 * called nothing of it is under way any more: the connection is free again, or destroyed.
 */
export function sendRequest(
  call: HttpClientCall,
  headers: Readonly<Record<string, string>>,
  dispatcher: HttpDispatcher,
  options: ExchangeOptions,
): void {
  const exchange = new Exchange(call, options)
  const { origin, path, method, headers: own, body } = call.request
  // Not spread: what is added behind a spread costs ten times as much, and makes a hidden class for each object.
  const all = Object.assign({}, headers, own)
  try {
    // Its limits are kept by the exchange, by the client's own clock.
    dispatcher.dispatch({ origin, path, method, headers: all, body, headersTimeout: 0, bodyTimeout: 0 }, exchange)
  } catch (error) {
    exchange.onResponseError(undefined, error as Error)
  }
}

/** One request and what comes back. */
class Exchange implements DispatchHandler, Limited {
  place = -1
  dueAt = Infinity
  readonly #call: HttpClientCall
  readonly #options: ExchangeOptions
  readonly #parts: Uint8Array[] = []
  #phase: 'headers' | 'body' = 'headers'
  #size = 0
  #status = 0
  #headers: DispatchHeaders = {}
  #controller: DispatchController | undefined
  #isOver = false
  #failure: { readonly error: Error } | undefined

  constructor(call: HttpClientCall, options: ExchangeOptions) {
    this.#call = call
    this.#options = options
    const { deadlines, timeouts } = options.limits
    deadlines.set(this, timeouts.headers)
    call.underWay = this
  }

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller
    // It has waited in the dispatcher for a connection, and nobody wants it any more.
    if (this.#failure !== undefined) controller.abort(this.#failure.error)
  }

  onResponseStart(_controller: DispatchController, status: number, headers: DispatchHeaders): void {
    // Not the answer yet.
    if (status < 200 || this.#isOver) return
    this.#status = status
    this.#headers = headers
    this.#phase = 'body'
    const { deadlines, timeouts } = this.#options.limits
    deadlines.set(this, timeouts.body)
  }

  onResponseData(_controller: DispatchController, part: Uint8Array): void {
    const { maxResponseBytes } = this.#options.limits
    this.#size += part.length
    if (this.#size <= maxResponseBytes) this.#parts.push(part)
    else this.#fail(new HttpTooLargeError(this.#call.request.call, maxResponseBytes))
  }

  onResponseEnd(): void {
    if (this.#isOver) return
    this.#end()
    const { call, origin, path } = this.#call.request
    const [part] = this.#parts
    // Most bodies come in one part, which is not copied.
    const bytes = part !== undefined && this.#parts.length === 1 ? part : Buffer.concat(this.#parts)
    const [status, headers] = [this.#status, this.#headers]
    this.#options.answered(new HttpResponse({ call, url: origin + path, status, headers, bytes }))
  }

  onResponseError(_controller: DispatchController | undefined, error: Error): void {
    const { call } = this.#call.request
    this.#fail(error instanceof HttpError ? error : (timeoutOf(call, error) ?? connectionError(call, error)))
  }

  overdue(): void {
    this.#fail(new HttpTimeoutError(this.#call.request.call, this.#phase, this.#options.limits.timeouts[this.#phase]))
  }

  endEarly(reason: unknown): void {
    this.#fail(reason as Error)
  }

  /** Ends it; what comes later is dropped. */
  #fail(error: Error): void {
    if (this.#isOver) return
    this.#failure = { error }
    this.#end()
    this.#options.failed(error)
    this.#controller?.abort(error)
  }

  #end(): void {
    this.#isOver = true
    this.#options.limits.deadlines.delete(this)
    this.#call.underWay = undefined
  }
}
