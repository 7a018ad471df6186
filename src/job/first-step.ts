import { isStep } from './flow/flow.js'
import type { Job } from './job.js'

/** The name of the step that a job begins with; `undefined` when it begins with something that decides first. */
export function firstStepOf({ flow }: Job): string | undefined {
  const first = flow.places.get(flow.start)?.element
  return first !== undefined && isStep(first) ? first.name : undefined
}
