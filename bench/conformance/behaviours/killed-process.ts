import { type Behaviour, type Finding, no, partly, YES } from '../behaviour.js'
import type { Stage } from '../stage.js'
import { latest, launchAfterDeath, PATIENCE } from './after-death.js'

/**
 * The process is killed in its sixth chunk; another goes on behind the fifth.
 *
 * `@nest-batch/core` 0.2.6 has no lease: the execution stays STARTED, its step STARTING, and `createExecutionAtomic` refuses
 * every launch (mikro-orm: mikroorm-job-repository.js). `JobOperator.stop` and `restart` set out from the beginning, since
 * only a step that is FAILED is given its checkpoint (core: execution/job-executor.js). Marked FAILED by hand, it goes on.
 */
export const killedProcess: Behaviour = {
  name: 'a killed process resumes at its checkpoint',
  rows: 100,
  work: (isFirst) => ({
    async process(id, pause) {
      if (id === 55 && isFirst) await pause()
      return id
    },
  }),
  async observe(open) {
    const stage = await killedStage(open)
    const second = await stage.start()
    const outcome = await launchAfterDeath(second)
    if (typeof outcome !== 'string') return inFull(stage, outcome.status)
    const seen: string[] = []
    for (const name of await second.remedies()) seen.push(await byHand(await killedStage(open), name))
    const fact = `every launch was refused for ${PATIENCE} s; by hand, ${seen.join('; ')}`
    return seen.some((one) => one.endsWith(ONCE)) ? partly(fact) : no(fact)
  },
}

const ONCE = 'it went on at the checkpoint'

/** A stage whose process has been killed after five chunks. */
async function killedStage(open: () => Promise<Stage>): Promise<Stage> {
  const stage = await open()
  const first = await stage.start()
  await first.launchToPause()
  await first.kill()
  return stage
}

async function inFull(stage: Stage, status: string): Promise<Finding> {
  const { rows, ids, twice } = await stage.target()
  if (rows === 100 && ids === 100 && status === 'COMPLETED') return YES
  return no(`the second run is ${status}: ${100 - ids} rows are missing, ${twice} are written twice`)
}

async function byHand(stage: Stage, name: string): Promise<string> {
  const host = await stage.start()
  const { id } = await latest(host)
  const { status } = await host.remedy(name, id)
  const { ids, twice } = await stage.target()
  if (status !== 'COMPLETED' || ids !== 100) return `${name}: ${status}, with ${ids} of 100 rows`
  return twice === 0 ? `${name}: ${ONCE}` : `${name}: it began anew, ${twice} rows came twice`
}
