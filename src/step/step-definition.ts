import type { NoParameters } from '../domain/step-context.js'
import type { ChunkStepListener, StepListener } from '../listener/step-listener.js'
import type { Step } from './step.js'

/** What a definition makes: it says which listeners can be told of anything. */
export type DefinitionKind = 'chunk' | 'tasklet' | 'partition' | 'job' | 'flow'

/**
 * What a step does, before it has a name: made by `chunk`, `tasklet`, `partition`, `nestedJob` and `nestedFlow`. A method
 * of a class returns it, and gives the step its name.
 */
export interface StepDefinition<P = NoParameters> {
  readonly kind: DefinitionKind
  /** The step under a name of 1 to 100 characters. `listeners` are told around those of the options. Default: none. */
  named<const N extends string>(name: N, listeners?: readonly ChunkStepListener[]): Step<P, N>
  /** Never present: carries the type of the parameters. */
  readonly parametersType?: (parameters: P) => void
}

/**
 * Where a class that is a step says how its definition is made of it, or of an instance: for those who do not know of
 * decorators. The same in each copy of the package.
 */
export const STEP_OF: unique symbol = Symbol.for('chunkwise.stepOf')

/** A class that has said it. */
export interface StepOf {
  readonly [STEP_OF]?: (given: object) => StepDefinition<never>
}

/** A definition whose step is made by `make`, from the options with more listeners around theirs. */
export function stepDefinition<P, O extends { readonly listeners?: readonly StepListener[] }>(
  kind: DefinitionKind,
  options: O,
  make: (name: string, options: O) => Step<never>,
): StepDefinition<P> {
  const named = (name: string, listeners: readonly StepListener[] = []): Step<never> => {
    if (listeners.length === 0) return make(name, options)
    return make(name, { ...options, listeners: [...listeners, ...(options.listeners ?? [])] })
  }
  return { kind, named: named as StepDefinition<P>['named'] }
}
