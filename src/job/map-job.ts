import type { Step } from '../step/step.js'
import { mapSteps, type StepMap } from './flow/map-steps.js'
import type { Job } from './job.js'

/** The same job with other steps: `map` is asked once for each of its steps. */
export function mapJob(job: Job, map: StepMap): Job {
  const mapped = new Map<Step<never>, Step<never>>()
  const mapOnce = (step: Step<never>): Step<never> => {
    const made = mapped.get(step) ?? map(step)
    mapped.set(step, made)
    return made
  }
  return { ...job, flow: mapSteps(job.flow, mapOnce), steps: job.steps.map(mapOnce) }
}
