import type { Mutable, StepExecution } from '../../domain/step-execution.js'
import { storeStep } from '../../step/run-step.js'
import type { StepScene } from '../../step/step-scene.js'

/**
 * Steps that have failed, and whose failure nothing has dealt with yet. Once the flow goes on behind them they are
 * ABANDONED, so that a restart takes their result and does not run them again.
 */
export class OpenFailures {
  #executions: StepExecution[] = []

  add(...executions: readonly StepExecution[]): void {
    this.#executions.push(...executions)
  }

  get executions(): readonly StepExecution[] {
    return this.#executions
  }

  /** Why they have failed. */
  get failures(): readonly unknown[] {
    return this.#executions.flatMap(({ failures }) => failures)
  }

  /** The flow has dealt with them: called before anything runs behind them. */
  async abandon(scene: StepScene): Promise<void> {
    for (const execution of this.#executions.splice(0)) {
      const abandoned: Mutable<StepExecution> = execution
      abandoned.status = 'ABANDONED'
      await storeStep(abandoned, scene)
    }
  }
}
