import type { Timer } from '../support/clock.js'
import type { StepRuntime } from './step.js'

/** How long user code may take once nobody waits for it any more, in milliseconds. */
const PATIENCE = 2_000

/**
 * Waits for work that cleans up. Once the deadline has passed it does not wait for long: resolves with false then. Rejects
 * as the work does.
 */
export async function waitPatiently(
  work: void | PromiseLike<unknown>,
  { clock, deadline }: Pick<StepRuntime, 'clock' | 'deadline'>,
): Promise<boolean> {
  let timer: Timer | undefined
  let unsubscribe: (() => void) | undefined
  const patience = new Promise<boolean>((resolve) => {
    unsubscribe = deadline.onPassed(() => (timer = clock.after(PATIENCE, () => resolve(false), { keepAlive: true })))
  })
  try {
    return await Promise.race([Promise.resolve(work).then(() => true), patience])
  } finally {
    unsubscribe?.()
    timer?.cancel()
  }
}
