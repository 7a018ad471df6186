import { type Behaviour, no, YES } from '../behaviour.js'
import { BadItemError } from '../work.js'

/**
 * What the processor leaves out is no failure: it is counted for itself, and uses up no skip.
 *
 * `@nest-batch/core` 0.2.6 adds it to `skipCount`, which the limit is held against (core: execution/chunk-step-executor.js, the
 * process phase).
 */
export const filteredIsNotSkipped: Behaviour = {
  name: 'filtered is not skipped',
  rows: 30,
  work: () => ({
    process(id) {
      if (id === 29) throw new BadItemError('29 is a bad number')
      return id % 2 === 0 ? null : id
    },
    skip: { limit: 3, on: (error) => error instanceof BadItemError },
  }),
  async observe(open) {
    const stage = await open()
    const host = await stage.start()
    const { status, steps } = await host.launch()
    const copy = steps.find(({ name }) => name === 'copy')
    const { ids } = await stage.target()
    if (status === 'COMPLETED' && ids === 14 && copy?.filtered === 15 && copy.skipped === 1) return YES
    return no(
      `15 filtered items and a limit of 3 skips: ${status} at the first bad item, ${copy?.skipped} counted as skipped`,
    )
  },
}
