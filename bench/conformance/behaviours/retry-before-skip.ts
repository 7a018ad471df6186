import { type Behaviour, no, YES } from '../behaviour.js'

class BusyError extends Error {}

/**
 * An error that may be retried and may be skipped is retried: it is skipped only when it stays.
 *
 * `@nest-batch/core` 0.2.6 asks the skip policy first (core: execution/chunk-step-executor.js, `runPhase`).
 */
export const retryBeforeSkip: Behaviour = {
  name: 'retry comes before skip',
  rows: 10,
  work() {
    let busy = 2
    return {
      process(id) {
        if (id === 7 && busy-- > 0) throw new BusyError('later')
        return id
      },
      retry: { attempts: 3, on: (error) => error instanceof BusyError },
      skip: { limit: 5, on: (error) => error instanceof BusyError },
    }
  },
  async observe(open) {
    const stage = await open()
    const host = await stage.start()
    const { status, steps } = await host.launch()
    const { ids } = await stage.target()
    if (status === 'COMPLETED' && ids === 10) return YES
    const skipped = steps.reduce((sum, step) => sum + step.skipped, 0)
    return no(`the item is skipped at its first failure: ${status}, ${ids} of 10 rows, ${skipped} skipped`)
  },
}
