import type { Json } from '../../support/json.js'

/**
 * Notices that a service leads back to a page that it has given already. It remembers one token only, a later one at ever
 * longer intervals, so that every circle is noticed, after at most three times its length, in the memory of one token.
 */
export class TokenGuard {
  #kept: string
  #steps = 0
  #until = 1

  constructor(first: Json) {
    this.#kept = JSON.stringify(first)
  }

  /** Takes the token of the next page; true when the service goes in a circle. */
  isRepeated(token: Json): boolean {
    const text = JSON.stringify(token)
    if (text === this.#kept) return true
    if (++this.#steps === this.#until) {
      this.#kept = text
      this.#steps = 0
      this.#until *= 2
    }
    return false
  }
}
