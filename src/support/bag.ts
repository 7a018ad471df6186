/** What can be in a {@link Bag}, one at a time. */
export interface Member {
  /** Where it is in its bag: the bag's own business. Begins at -1. */
  place: number
}

/**
 * Members in no order, for those that come and go quickly. A `Set` or `Map` makes a new table after every few members that
 * have gone; the old table still refers to them and to the new one, so that one table that has become old keeps all that
 * come later alive until the collector goes through the old generation.
 */
export class Bag<T extends Member> {
  readonly #members: T[] = []

  get size(): number {
    return this.#members.length
  }

  /** The members now, in an array of their own. */
  get members(): T[] {
    return this.#members.slice()
  }

  add(member: T): void {
    member.place = this.#members.push(member) - 1
  }

  /** Says whether it was a member. */
  delete(member: T): boolean {
    const { place } = member
    if (this.#members[place] !== member) return false
    member.place = -1
    const last = this.#members.pop() as T
    if (last === member) return true
    this.#members[place] = last
    last.place = place
    return true
  }
}
