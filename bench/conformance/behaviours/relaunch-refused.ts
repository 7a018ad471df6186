import { type Behaviour, no, YES } from '../behaviour.js'

/**
 * Completed is completed: the same parameters again are refused, and nothing is written.
 *
 * `@nest-batch/core` 0.2.6 runs it again as a new execution of the same instance: `createExecutionAtomic` looks for STARTING
 * and STARTED only (mikro-orm: mikroorm-job-repository.js).
 */
export const relaunchRefused: Behaviour = {
  name: 'a relaunch after COMPLETED is refused',
  rows: 30,
  work: () => ({}),
  async observe(open) {
    const stage = await open()
    const host = await stage.start()
    const { status } = await host.launch()
    const { rows } = await stage.target()
    if (status !== 'COMPLETED' || rows !== 30) return no(`the first run is ${status}, with ${rows} of 30 rows`)
    const again = await host.tryToLaunch()
    const after = await stage.target()
    return typeof again === 'string' && after.rows === 30 ? YES : no(`it runs again: 30 rows became ${after.rows}`)
  },
}
