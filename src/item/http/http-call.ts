import { onAborted } from '../../support/abort.js'
import type { Bag, Member } from '../../support/bag.js'
import type { PreparedRequest } from './http-request.js'

/**
 * One call of a client, its attempts and waits: it ends early when its caller's signal is aborted, or the client is
 * closed. What can wait for long is given a signal, which is made only then: most calls never wait for anything but their
 * answer, and a signal of their own would be the dearest part of them.
 */
export class HttpClientCall implements Member {
  place = -1
  readonly request: PreparedRequest
  readonly #calls: Bag<HttpClientCall>
  readonly #unsubscribe: (() => void) | undefined
  #controller: AbortController | undefined
  #ended: { readonly reason: unknown } | undefined
  /** What is told when it ends early, one at a time. */
  underWay: { endEarly(reason: unknown): void } | undefined

  /** Is one of `calls` until it is closed. `signal` is not aborted yet. */
  constructor(request: PreparedRequest, calls: Bag<HttpClientCall>, signal: AbortSignal | undefined) {
    this.request = request
    this.#calls = calls
    calls.add(this)
    this.#unsubscribe = signal && onAborted(signal, () => this.end(signal.reason))
  }

  /** Whether it has ended early. */
  get ended(): boolean {
    return this.#ended !== undefined
  }

  /** Is aborted when it ends early. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#ended !== undefined) this.#controller.abort(this.#ended.reason)
    }
    return this.#controller.signal
  }

  /** Throws the reason when it has ended early. */
  throwIfEnded(): void {
    if (this.#ended !== undefined) throw this.#ended.reason
  }

  /** Ends it early; the first reason counts. */
  end(reason: unknown): void {
    if (this.#ended !== undefined) return
    this.#ended = { reason }
    this.underWay?.endEarly(reason)
    this.#controller?.abort(reason)
  }

  /** Nothing of it is under way any more. */
  close(): void {
    this.#unsubscribe?.()
    this.#calls.delete(this)
  }
}
