import { onAborted } from '../../support/abort.js'

/** So many requests may be under way at once; the others wait, first come, first served. */
export class RequestSlots {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(count: number) {
    this.#free = count
  }

  /** Takes a slot if one is free; says whether it has. */
  take(): boolean {
    if (this.#free === 0) return false
    this.#free--
    return true
  }

  /** Takes the next slot that is given back. Rejects with the signal's reason, without one, when it is aborted. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const grant = (): void => {
        unsubscribe()
        resolve()
      }
      this.#waiting.add(grant)
      const unsubscribe = onAborted(signal, () => {
        this.#waiting.delete(grant)
        reject(signal.reason as Error)
      })
    })
  }

  /** Gives a slot back: once for each that was taken. */
  release(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free++
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
