import type { StepListener } from '../listener/step-listener.js'
import type { CheckedStepOptions } from './check-step-options.js'
import type { Promotion } from './promotion.js'
import type { Step, StepEnd, StepRuntime } from './step.js'

/** What all kinds of steps of this library have in common: a name, and the options that every step has. */
export abstract class CommonStep<P, N extends string, L extends StepListener = StepListener> implements Step<P, N> {
  readonly name: N
  readonly allowStartIfComplete: boolean
  readonly startLimit: number | undefined
  readonly promotion: Promotion | undefined
  readonly listeners: readonly L[]

  constructor(name: N, options: CheckedStepOptions<L>) {
    this.name = name
    this.allowStartIfComplete = options.allowStartIfComplete
    this.startLimit = options.startLimit
    this.promotion = options.promotion
    this.listeners = options.listeners
  }

  abstract execute(runtime: StepRuntime): Promise<StepEnd | void>
}
