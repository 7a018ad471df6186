import { Bag, type Member } from './bag.js'

/** One who waits, until it is told or taken away. Each has a number, greater than that of those before it. */
export class Waiter<A> implements Member {
  place = -1
  readonly number: number
  readonly callback: (said: A) => void

  constructor(number: number, callback: (said: A) => void) {
    this.number = number
    this.callback = callback
  }
}

/** Those who wait for one thing, to be told of it once, in the order in which they came. */
export class Waiters<A = void> {
  readonly #bag = new Bag<Waiter<A>>()
  #count = 0

  get size(): number {
    return this.#bag.size
  }

  /** The same function may wait twice. */
  add(callback: (said: A) => void): Waiter<A> {
    const waiter = new Waiter(++this.#count, callback)
    this.#bag.add(waiter)
    return waiter
  }

  /** Says whether it was waiting. */
  delete(waiter: Waiter<A>): boolean {
    return this.#bag.delete(waiter)
  }

  /** Tells all that wait now; they wait no more. */
  tell(said: A): void {
    const told = this.#bag.members.toSorted((one, other) => one.number - other.number)
    for (const waiter of told) this.#bag.delete(waiter)
    for (const { callback } of told) callback(said)
  }
}
