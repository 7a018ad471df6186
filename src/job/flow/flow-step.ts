import { OptionCheck } from '../../domain/check-option.js'
import type { StepListener } from '../../listener/step-listener.js'
import { type CheckedStepOptions, checkStepOptions, STEP_OPTIONS } from '../../step/check-step-options.js'
import { CommonStep } from '../../step/common-step.js'
import { type StepDefinition, stepDefinition } from '../../step/step-definition.js'
import type { StepDescription } from '../../step/step-description.js'
import { passOf } from '../../step/step-passes.js'
import type { ChunkChange, Step, StepEnd, StepOptions, StepRuntime } from '../../step/step.js'
import { type Flow, type FlowElement, kindOf } from './flow.js'
import { mapSteps } from './map-steps.js'
import { runFlow } from './run-flow.js'

/** Options of {@link flowStep}. */
export interface FlowStepOptions extends StepOptions {
  /** Listeners, told in this order of what begins and in reverse of what ends. Default: none. */
  readonly listeners?: readonly StepListener[]
}

/**
 * A flow as one step: it has a step execution of its own beside those of the steps in it, with the flow's status and exit
 * code. Once it has completed, a restart does not look inside again.
 *
 * @throws InvalidOptionError
 */
export function flowStep<const N extends string, P, F extends string, I extends string>(
  name: N,
  flow: Flow<P, F, I>,
  options: FlowStepOptions = {},
): Step<P, N> & FlowElement<P, N, F | I> {
  new OptionCheck('flowStep').text('name', name, 1, 100)
  const checked = checkNestedFlow(`flowStep(${JSON.stringify(name)})`, flow, options)
  return new FlowStep(name, flow as unknown as Flow, checked)
}

/**
 * A flow as one step, without a name: a class's method returns it. Flow and options are those of {@link flowStep}, checked
 * at once.
 *
 * @throws InvalidOptionError
 */
export function nestedFlow<P, F extends string, I extends string>(
  flow: Flow<P, F, I>,
  options: FlowStepOptions = {},
): StepDefinition<P> {
  checkNestedFlow('nestedFlow', flow, options)
  return stepDefinition('flow', options, (name, all) => flowStep(name, flow, all) as unknown as Step<never>)
}

function checkNestedFlow(owner: string, flow: unknown, options: FlowStepOptions): CheckedStepOptions {
  const check = new OptionCheck(owner)
  check.object(options, STEP_OPTIONS)
  if (kindOf((flow ?? {}) as FlowElement) !== 'flow') {
    check.fail('flow', flow, 'a flow; call build() at the end of flow(…)')
  }
  return checkStepOptions(check, options)
}

class FlowStep<P, N extends string> extends CommonStep<P, N> {
  readonly flow: Flow
  readonly notForPartitions = 'one without steps of its own: those of a flow have one name in all partitions'

  constructor(name: N, flow: Flow, options: CheckedStepOptions) {
    super(name, options)
    this.flow = flow
  }

  describe(): StepDescription {
    return { kind: 'flow' }
  }

  withChunks(change: ChunkChange): Step<P, N> {
    return new FlowStep(
      this.name,
      mapSteps(this.flow, (step) => step.withChunks?.(change) ?? step),
      this,
    )
  }

  /** Its steps are looked at for crashes themselves. */
  delegates(): boolean {
    return true
  }

  execute({ inner, stepExecution }: StepRuntime): Promise<StepEnd> {
    const passes = inner.passes.inside(passOf(stepExecution.executionContext))
    return runFlow(this.flow, { ...inner, passes })
  }
}
