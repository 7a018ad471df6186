import { onAborted } from './abort.js'

/** A timer that can be cancelled. */
export interface Timer {
  /** Cancels the timer; a second call does nothing. */
  cancel(): void
}

/**
 * The one place where time is read and timers are set. Tests hand in a manual clock (`chunkwise/testing`) and move it;
 * hosts never need to.
 */
export interface Clock {
  /** Milliseconds since the epoch, for timestamps. */
  now(): number
  /** Milliseconds from an arbitrary start that never go back, for durations. */
  monotonic(): number
  /**
   * Calls `callback` once, `delay` milliseconds from now. A timer never keeps the process alive unless `keepAlive` is
   * true.
   */
  after(delay: number, callback: () => void, options?: { readonly keepAlive?: boolean }): Timer
}

/** The system's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delay, callback, options) {
    const handle = setTimeout(callback, delay)
    if (options?.keepAlive !== true) handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
}

/**
 * Waits `delay` milliseconds of `clock`. Rejects with the signal's reason as soon as `signal` is aborted. Keeps the
 * process alive while it waits, since someone awaits it.
 */
export function sleep(clock: Clock, delay: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error)
      return
    }
    const timer = clock.after(
      delay,
      () => {
        unsubscribe?.()
        resolve()
      },
      { keepAlive: true },
    )
    const unsubscribe =
      signal &&
      onAborted(signal, () => {
        timer.cancel()
        reject(signal.reason as Error)
      })
  })
}

// How long work that never waits may keep everything else waiting, in milliseconds.
const TURN = 10

/**
 * Gives everything else in the process its turn: timers, sockets, the lease's heartbeat. Work that never waits for
 * anything outside would keep them waiting for ever; work that does gives no more turns than it waits for. Measures real
 * time, whatever clock is handed in.
 */
export class TurnTaker {
  #since = performance.now()
  #turn: Promise<void> | undefined

  /** `undefined` while the turn is short; else a promise that resolves when the others have had theirs. */
  yield(): Promise<void> | undefined {
    this.#turn ??= nextTurn().then(() => {
      this.#turn = undefined
      this.#since = performance.now()
    })
    return performance.now() - this.#since < TURN ? undefined : this.#turn
  }
}

/** Resolves when everything that is ready now has had its turn: promises, and timers that are due. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
