import { type Behaviour, no, partly, YES } from '../behaviour.js'
import { eventually } from '../stage.js'
import { latest } from './after-death.js'

const isBetween = (count: number): boolean => count > 0 && count < 100

/**
 * While a step runs, one sees how far it is: in its process by events, and from any other by what is stored.
 *
 * `@nest-batch/core` 0.2.6 tells listeners of each chunk, with the counts; they are stored when the step has ended
 * (core: execution/job-executor.js, `updateStepExecution`).
 */
export const progressDuringTheRun: Behaviour = {
  name: 'progress is seen during the run',
  rows: 100,
  work: () => ({
    async process(id, pause) {
      if (id === 55) await pause()
      return id
    },
  }),
  async observe(open) {
    const stage = await open()
    const host = await stage.start()
    const other = await stage.start()
    const { end } = await host.launchToPause()
    const inside = await eventually(async () => (await host.heard()).some(isBetween), 15)
    const outside = await eventually(async () => (await latest(other)).steps.some(({ read }) => isBetween(read)), 15)
    host.go()
    const { status } = await end
    if (status !== 'COMPLETED') return no(`the job is ${status}`)
    if (inside && outside) return YES
    if (inside) return partly('its listeners are told of each chunk; the stored counts are 0 until the step ends')
    return outside
      ? partly('the stored counts move; the process itself is told nothing')
      : no('nothing is told or stored')
  },
}
