import { connectionError, timeoutOf } from './dispatch-failure.js'
import type { CheckedClientOptions } from './client-options.js'
import type { Deadlines, Limited } from './deadlines.js'
import type { DispatchController, DispatchHandler, DispatchHeaders, HttpDispatcher } from './http-dispatcher.js'
import type { HttpClientCall } from './http-call.js'
import { HttpError, HttpTimeoutError, HttpTooLargeError } from './http-errors.js'
import type { PreparedRequest } from './http-request.js'
import { HttpResponse } from './http-response.js'

/** What an attempt is made with. */
export interface SendOptions extends Pick<CheckedClientOptions, 'timeouts' | 'maxResponseBytes'> {
  readonly dispatcher: HttpDispatcher
  readonly deadlines: Deadlines
  readonly call: HttpClientCall
}

/**
 * Sends a request once, with these headers besides its own, and reads the whole answer, whatever its status. When it
 * settles nothing of it is under way any more: the connection is free again, or destroyed. Rejects with the call's reason
 * when that has ended early.
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
      options.dispatcher.dispatch(
        // Its limits are kept by the exchange, by the client's own clock.
        { origin, path, method, headers: { ...headers, ...request.headers }, body, headersTimeout: 0, bodyTimeout: 0 },
        exchange,
      )
    } catch (error) {
      exchange.onResponseError(undefined, error as Error)
    }
  })
}

/** One request and what comes back. */
class Exchange implements DispatchHandler, Limited {
  place = -1
  dueAt = Infinity
  readonly #request: PreparedRequest
  readonly #options: SendOptions
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (error: Error) => void
  readonly #parts: Uint8Array[] = []
  #phase: 'headers' | 'body' = 'headers'
  #size = 0
  #status = 0
  #headers: DispatchHeaders = {}
  #controller: DispatchController | undefined
  #isOver = false
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
    options.deadlines.set(this, options.timeouts.headers)
    options.call.underWay = this
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
    this.#options.deadlines.set(this, this.#options.timeouts.body)
  }

  onResponseData(_controller: DispatchController, part: Uint8Array): void {
    const { maxResponseBytes } = this.#options
    this.#size += part.length
    if (this.#size <= maxResponseBytes) this.#parts.push(part)
    else this.#fail(new HttpTooLargeError(this.#request.call, maxResponseBytes))
  }

  onResponseEnd(): void {
    if (this.#isOver) return
    this.#end()
    const { call, origin, path } = this.#request
    const [part] = this.#parts
    // Most bodies come in one part, which is not copied.
    const bytes = part !== undefined && this.#parts.length === 1 ? part : Buffer.concat(this.#parts)
    const [status, headers] = [this.#status, this.#headers]
    this.#resolve(new HttpResponse({ call, url: origin + path, status, headers, bytes }))
  }

  onResponseError(_controller: DispatchController | undefined, error: Error): void {
    const { call } = this.#request
    this.#fail(error instanceof HttpError ? error : (timeoutOf(call, error) ?? connectionError(call, error)))
  }

  overdue(): void {
    this.#fail(new HttpTimeoutError(this.#request.call, this.#phase, this.#options.timeouts[this.#phase]))
  }

  endEarly(reason: unknown): void {
    this.#fail(reason as Error)
  }

  /** Ends it; what comes later is dropped. */
  #fail(error: Error): void {
    if (this.#isOver) return
    this.#failure = { error }
    this.#end()
    this.#reject(error)
    this.#controller?.abort(error)
  }

  #end(): void {
    this.#isOver = true
    this.#options.deadlines.delete(this)
    this.#options.call.underWay = undefined
  }
}
