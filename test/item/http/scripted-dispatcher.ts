import type { DispatchHandler, DispatchRequest, HttpDispatcher } from '../../../src/http.js'
import type { ManualClock } from '../../../src/testing.js'

/** What is answered to a request; `undefined`: nothing, ever. An error: the connection failed. */
export type Scripted =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | Error
  | undefined

/** Answers at once, without a network, so that only the clock of the test moves time. Remembers when each request came. */
export class ScriptedDispatcher implements HttpDispatcher {
  readonly requests: { readonly at: number; readonly path: string; readonly headers: Record<string, string> }[] = []
  readonly #clock: ManualClock
  readonly #answer: (path: string, count: number) => Scripted

  constructor(clock: ManualClock, answer: (path: string, count: number) => Scripted) {
    this.#clock = clock
    this.#answer = answer
  }

  /** When each request came, in seconds. */
  get seconds(): readonly number[] {
    return this.requests.map(({ at }) => at / 1000)
  }

  dispatch({ path, headers }: DispatchRequest, handler: DispatchHandler): boolean {
    this.requests.push({ at: this.#clock.now(), path, headers })
    const answer = this.#answer(path, this.requests.length)
    const controller = { abort: (error: Error): void => handler.onResponseError(controller, error) }
    queueMicrotask(() => {
      handler.onRequestStart(controller)
      if (answer instanceof Error) handler.onResponseError(controller, answer)
      else if (answer !== undefined) {
        handler.onResponseStart(controller, answer.status, answer.headers ?? {})
        handler.onResponseData(controller, Buffer.from(answer.body ?? 'null'))
        handler.onResponseEnd(controller)
      }
    })
    return true
  }
}
