import { type Behaviour, no, YES } from '../behaviour.js'

/**
 * A restart begins at the step that has failed.
 *
 * `@nest-batch/core` 0.2.6 begins at the first step whatever it was: `execute` sets out from `startStepId`, and only a step
 * that is FAILED is given its checkpoint (core: execution/job-executor.js).
 */
export const completedSteps: Behaviour = {
  name: 'completed steps are not run again',
  rows: 30,
  work() {
    let reports = 0
    return {
      report() {
        if (++reports === 1) throw new Error('the printer is off')
      },
    }
  },
  async observe(open) {
    const stage = await open()
    const host = await stage.start()
    const failed = await host.launch()
    const { rows } = await stage.target()
    if (failed.status !== 'FAILED' || rows !== 30)
      return no(`the first run is ${failed.status}, with ${rows} of 30 rows`)
    const { status } = await host.restart(failed.id)
    const { twice } = await stage.target()
    if (twice > 0) return no(`the completed step is run again: ${twice} of 30 rows are written twice`)
    return status === 'COMPLETED' ? YES : no(`the restart is ${status}`)
  },
}
