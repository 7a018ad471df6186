import { type Behaviour, no, partly, YES } from '../behaviour.js'
import type { Host } from '../host.js'
import { eventually, type Stage } from '../stage.js'
import { latest, launchAfterDeath } from './after-death.js'

/** Where both libraries keep the checkpoint of a step. */
const CHECKPOINTS = 'batch_step_execution_context'

/**
 * What the writer writes is there when its checkpoint is there, and not before: a write that fails leaves nothing, and while
 * somebody holds the table of the checkpoints, no row of the chunk is to be seen. Killed at that place, it writes no row twice.
 *
 * `@nest-batch/core` 0.2.6 has the writer in a transaction, and stores the checkpoint when that has been committed, on purpose
 * (core: execution/chunk-step-executor.js, below the write phase).
 */
export const writerInTransaction: Behaviour = {
  name: 'the writer is in the transaction of the checkpoint',
  rows: 30,
  work(isFirst) {
    let failed = false
    return {
      async process(id, pause) {
        if (id === 15 && failed) await pause()
        return id
      },
      written(ids) {
        if (!ids.includes(15) || failed || !isFirst) return
        failed = true
        throw new Error('the disk is full')
      },
    }
  },
  async observe(open) {
    const stage = await open()
    const first = await stage.start()
    const { id, status } = await first.launch()
    const rolledBack = (await stage.target()).rows
    if (status !== 'FAILED' || rolledBack !== 10)
      return no(`a failed write leaves ${rolledBack - 10} rows of its chunk`)
    await first.launchToPause(() => first.restart(id))
    const before = await rowsBeforeTheCheckpoint(stage, first)
    const second = await stage.start()
    const outcome = await launchAfterDeath(second)
    if (typeof outcome === 'string') {
      const remedy = (await second.remedies()).at(-1) ?? ''
      await second.remedy(remedy, (await latest(second)).id)
    }
    const { ids, twice } = await stage.target()
    if (before === 0 && ids === 30 && twice === 0) return YES
    return partly(
      `a failed write leaves nothing; but ${before} rows of a chunk are committed before their checkpoint, and killed there ${twice} come twice`,
    )
  },
}

/** Holds the checkpoints, lets the chunk go on until it waits for them, looks, and kills the process. */
async function rowsBeforeTheCheckpoint(stage: Stage, host: Host): Promise<number> {
  await stage.query('begin')
  await stage.query(`lock table ${CHECKPOINTS} in share mode`)
  host.go()
  const waits = `select 1 from pg_locks where not granted and relation = '${CHECKPOINTS}'::regclass`
  if (!(await eventually(async () => (await stage.query(waits)).length > 0, 30)))
    throw new Error('no checkpoint is written')
  const { rows } = await stage.target()
  await host.kill()
  await stage.query('rollback')
  return rows - 10
}
