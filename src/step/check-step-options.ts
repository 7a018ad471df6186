import type { OptionCheck } from '../domain/check-option.js'
import { checkListeners } from '../listener/check-listeners.js'
import type { StepListener } from '../listener/step-listener.js'
import { checkPromotion, type Promotion } from './promotion.js'
import type { StepOptions } from './step.js'

/** The names of the options that every kind of step has. */
export const STEP_OPTIONS = ['allowStartIfComplete', 'startLimit', 'promote', 'listeners'] as const

/** The options that every kind of step has, checked and complete. */
export interface CheckedStepOptions<L extends StepListener = StepListener> {
  readonly allowStartIfComplete: boolean
  readonly startLimit: number | undefined
  readonly promotion: Promotion | undefined
  readonly listeners: readonly L[]
}

/** Checks the options that every kind of step has. */
export function checkStepOptions<L extends StepListener = StepListener>(
  check: OptionCheck,
  options: StepOptions & { readonly listeners?: readonly L[] },
): CheckedStepOptions<L> {
  const { allowStartIfComplete = false, startLimit, promote, listeners = [] } = options
  checkListeners(check, listeners)
  return {
    allowStartIfComplete: check.boolean('allowStartIfComplete', allowStartIfComplete),
    startLimit: startLimit === undefined ? undefined : check.integer('startLimit', startLimit, 1),
    promotion: checkPromotion(check, promote),
    listeners,
  }
}
