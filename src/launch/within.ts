import type { Clock } from '../support/clock.js'

/** Resolves when the work is done, or the time is over. */
export async function within(clock: Clock, limit: number, work: Promise<unknown>): Promise<void> {
  const late = new Promise<void>((resolve) => {
    const timer = clock.after(limit, resolve, { keepAlive: true })
    const cancel = (): void => timer.cancel()
    work.then(cancel, cancel)
  })
  await Promise.race([work, late])
}
