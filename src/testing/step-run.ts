import { InvalidOptionError } from '../domain/option-error.js'
import { JobExecution } from '../domain/job-execution.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { Collected } from './collected.js'

/**
 * A step that a test has run: its execution as it ended, and what it has done with its items. `I` and `O` are what it reads
 * and writes.
 */
export interface StepRun<I = unknown, O = unknown> extends StepExecution, Collected<I, O> {
  /** The step execution alone. */
  readonly execution: StepExecution
}

/** Joins an execution with what was collected of its items. */
export function stepRun(execution: StepExecution, { written, skipped, checkpoints }: Collected): StepRun {
  return { ...execution, execution, written, skipped, checkpoints }
}

/** A job that a test has run: its execution as it ended, and what its steps have done with their items. */
export class JobRun extends JobExecution {
  /** The job execution alone. */
  readonly execution: JobExecution
  readonly #collected: ReadonlyMap<string, Collected>

  /** Made by `runJob`. */
  constructor(execution: JobExecution, collected: ReadonlyMap<string, Collected>) {
    super(execution)
    this.execution = execution
    this.#collected = collected
  }

  /**
   * A step of the job by its name: its last execution, and what all its runs in this execution have done. A partitioned
   * step has what its partitions have done.
   *
   * @throws InvalidOptionError no step of this name has run
   */
  step<I = unknown, O = unknown>(name: string): StepRun<I, O> {
    const execution = this.stepExecutions.findLast(({ stepName }) => stepName === name)
    if (execution === undefined) {
      const names = [...new Set(this.stepExecutions.map(({ stepName }) => stepName))].join(', ')
      throw new InvalidOptionError('JobRun.step', name, `the name of a step that has run: ${names}`)
    }
    return stepRun(execution, this.#collected.get(name) ?? NOTHING) as StepRun<I, O>
  }
}

const NOTHING: Collected = { written: [], skipped: [], checkpoints: [] }
