import { JobOperator } from 'chunkwise'
import { ManualClock } from 'chunkwise/testing'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { graphJob, World } from './graph-job.js'
import { graphs } from './graph-spec.js'
import { deaths, type Runner, Trial } from './graph-trial.js'
import { type DiesAt, Mortal } from './mortal.js'
import { stores } from './stores.js'

const WRITES = ['createStepExecution', 'updateStepExecution', 'finishJobExecution']

/** Dies at one of its writes to the repository. */
const dyingAtWrites: Runner = async ({ repository, graph, jobName, calls, death }) => {
  let writes = 0
  const diesAt: DiesAt = (method) => {
    return WRITES.includes(method) && writes++ === death?.at ? death.side : undefined
  }
  await using mortal = new Mortal(repository, diesAt)
  const world = new World(calls)
  world.isDead = () => mortal.isDead
  const operator = new JobOperator({ repository: mortal.repository, clock: new ManualClock() })
  const lived = operator.run(graphJob(graph, jobName, world)).then(() => true)
  const ended = await Promise.race([mortal.died.then(() => false), lived])
  if (ended) await operator.close()
  return ended
}

describe.each(stores)('random graphs, remembered %s', (where, open) => {
  it('run each node as often as the rules say, whenever their process dies', async () => {
    const repository = await open()
    await fc.assert(
      fc.asyncProperty(graphs, deaths, async (graph, dies) => {
        await new Trial(repository, graph, dyingAtWrites).run(dies)
      }),
      { numRuns: where === 'in memory' ? 500 : 60 },
    )
  }, 240_000)
})
