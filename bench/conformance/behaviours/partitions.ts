import { type Behaviour, no, partly, YES } from '../behaviour.js'

/**
 * A step is cut into four parts that run in this process, each with an execution of its own.
 *
 * `@nest-batch/core` 0.2.6 refuses it by design: partitions are the transport's (core: execution/in-process-execution-strategy.js).
 * With BullMQ or Kafka it has them, over several workers; told to warn instead, it runs one part.
 */
export const partitionsInProcess: Behaviour = {
  name: 'partitions run in process',
  rows: 100,
  work: () => ({ partitions: 4 }),
  async observe(open) {
    const stage = await open()
    const host = await stage.start()
    const outcome = await host.tryToLaunch()
    if (typeof outcome === 'string') return no(`refused with ${outcome.replace(/:.*/s, '')}`)
    const { rows, ids } = await stage.target()
    if (outcome.status !== 'COMPLETED' || rows !== 100 || ids !== 100)
      return no(`${outcome.status}, with ${rows} rows of ${ids} ids out of 100`)
    const [last] = (await host.executions()).slice(-1)
    const parts = last?.steps.filter(({ name, status }) => name.startsWith('copy:') && status === 'COMPLETED') ?? []
    return parts.length === 4 ? YES : partly(`${parts.length} of 4 partitions have an execution of their own`)
  },
}
