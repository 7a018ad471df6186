import { expect, it } from 'vitest'
import { type Clock, sleep, systemClock, type Timer } from '../../src/support/clock.js'

interface Pending {
  readonly delay: number
  readonly callback: () => void
  readonly keepAlive: boolean | undefined
  cancelled: boolean
}

/** Holds its timers until the test fires them. */
function handClock(): Clock & { readonly timers: Pending[] } {
  const timers: Pending[] = []
  return {
    timers,
    now: () => 0,
    monotonic: () => 0,
    after(delay, callback, options): Timer {
      const timer: Pending = { delay, callback, keepAlive: options?.keepAlive, cancelled: false }
      timers.push(timer)
      return { cancel: () => void (timer.cancelled = true) }
    },
  }
}

it('sleep waits for the clock, and keeps the process alive meanwhile', async () => {
  const clock = handClock()
  let awake = false
  const sleeping = sleep(clock, 250).then(() => (awake = true))
  await Promise.resolve()
  expect(awake).toBe(false)
  expect(clock.timers[0]).toMatchObject({ delay: 250, keepAlive: true })
  clock.timers[0]?.callback()
  await sleeping
  expect(awake).toBe(true)
})

it('an abort ends a sleep with its reason and cancels the timer', async () => {
  const clock = handClock()
  const controller = new AbortController()
  const sleeping = sleep(clock, 250, controller.signal)
  const reason = new Error('stop')
  controller.abort(reason)
  await expect(sleeping).rejects.toBe(reason)
  expect(clock.timers[0]?.cancelled).toBe(true)
})

it('a sleep with a signal that is already aborted sets no timer', async () => {
  const clock = handClock()
  await expect(sleep(clock, 250, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
  expect(clock.timers).toHaveLength(0)
})

it('a timer of the system fires, unless it is cancelled', async () => {
  const fired: string[] = []
  systemClock.after(0, () => fired.push('cancelled')).cancel()
  await new Promise<void>((resolve) => {
    systemClock.after(
      1,
      () => {
        fired.push('kept')
        resolve()
      },
      { keepAlive: true },
    )
  })
  expect(fired).toEqual(['kept'])
})

it('the monotonic time never goes back', () => {
  const first = systemClock.monotonic()
  expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first)
})
