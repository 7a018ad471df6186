import type { Progress } from '../domain/progress.js'

/** What a step needs to know of its partitions at its beginning. */
export interface PartitionsBefore {
  readonly total: number
  readonly completed: number
  /** Items that the completed ones have read. */
  readonly completedItems: number
  /** Items that all of them have read. */
  readonly items: number
}

/** A partition that runs, as far as the step of it is concerned. */
export interface PartProgress {
  /** How many items it has in all, if it is known. */
  total(): number | undefined | Promise<number | undefined>
}

/** Which partitions of a step have begun and ended, and how many items they have in all. Keeps nothing of one that has ended. */
export class PartitionProgress {
  readonly before: PartitionsBefore
  readonly #running = new Set<PartProgress>()
  #completed: number
  /** How many of those to run have not ended. */
  #left: number
  /** The items of those that have ended; `undefined` once one of them has not known. */
  #endedItems: number | undefined

  constructor(before: PartitionsBefore) {
    this.before = before
    this.#completed = before.completed
    this.#left = before.total - before.completed
    this.#endedItems = before.completedItems
  }

  get counts(): NonNullable<Progress['partitions']> {
    return { completed: this.#completed, total: this.before.total }
  }

  begin(part: PartProgress): void {
    this.#running.add(part)
  }

  /** `total`: its items in all, as far as it has known. */
  end(part: PartProgress, isCompleted: boolean, total: number | undefined): void {
    if (!this.#running.delete(part)) return
    this.#left--
    if (isCompleted) this.#completed++
    this.#endedItems = total === undefined || this.#endedItems === undefined ? undefined : this.#endedItems + total
  }

  /** The items of all partitions; `undefined` when one of them has not begun or does not know. */
  async total(): Promise<number | undefined> {
    let sum = this.#endedItems
    if (sum === undefined || this.#running.size < this.#left) return undefined
    for (const part of this.#running) {
      const total = await part.total()
      if (total === undefined) return undefined
      sum += total
    }
    return sum
  }
}
