import { type Behaviour, no, YES } from '../behaviour.js'
import { latest } from './after-death.js'

/**
 * A job that is asked to stop ends at a chunk boundary, says so when it has ended, and goes on after a restart.
 *
 * `@nest-batch/core` 0.2.6 writes STOPPED into the execution at once (core: execution/job-operator.js), and the loop of the
 * chunks never looks there (core: execution/chunk-step-executor.js).
 */
export const stopStops: Behaviour = {
  name: 'stop stops',
  rows: 100,
  work() {
    let first = true
    return {
      async process(id, pause) {
        if (id === 25 && first) {
          first = false
          await pause()
        }
        return id
      },
    }
  },
  async observe(open) {
    const stage = await open()
    const host = await stage.start()
    const { end } = await host.launchToPause()
    const { id } = await latest(host)
    await host.stop(id)
    const { status: told } = await latest(host)
    host.go()
    const { status } = await end
    const { rows } = await stage.target()
    if (rows === 100) return no(`${told} is stored at once, all 100 rows are written, and it ends ${status}`)
    if (told === 'STOPPED') return no('STOPPED is stored while the step still runs')
    if (status !== 'STOPPED') return no(`it ends ${status}`)
    const again = await host.restart(id)
    const after = await stage.target()
    const whole = again.status === 'COMPLETED' && after.rows === 100 && after.ids === 100
    return whole ? YES : no(`restarted, it is ${again.status}: ${after.ids} of 100 rows, ${after.twice} twice`)
  },
}
