import type { Run } from '../engine.js'
import type { Host } from '../host.js'
import { eventually } from '../stage.js'

/** How long a dead owner may keep an execution, in seconds: a little longer than the lease of Chunkwise. */
export const PATIENCE = 35

/**
 * Launches the job again after its process has died, as often as it takes until it is not refused any more. Resolves to
 * the run, or to what the last refusal says.
 */
export async function launchAfterDeath(host: Host): Promise<Run | string> {
  let outcome: Run | string = ''
  await eventually(async () => {
    outcome = await host.tryToLaunch()
    return typeof outcome !== 'string'
  }, PATIENCE)
  return outcome
}

/** The latest execution, as it is stored. */
export async function latest(host: Host): Promise<Run> {
  const last = (await host.executions()).at(-1)
  if (last === undefined) throw new Error('no execution is stored')
  return last
}
