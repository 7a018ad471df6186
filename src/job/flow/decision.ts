import { OptionCheck } from '../../domain/check-option.js'
import type { NoParameters } from '../../domain/step-context.js'
import type { Decider, Decision } from './flow.js'

/**
 * A fork in a flow: the decider gives a name, and the transitions of the decision say where the flow goes on after it;
 * `next` is taken when none matches. It stores nothing and is asked again in a restarted job. A decider that throws, or
 * gives no text, fails the job.
 *
 * @example
 * ```ts
 * import { chunkStep, decision, job } from 'chunkwise'
 *
 * const step = <const N extends string>(name: N) => chunkStep(name, { chunkSize: 1, reader: [1], writer: () => {} })
 * const load = step('load')
 * const anySkips = decision('anySkips', ({ stepExecution }) => (stepExecution?.counts.readSkip ? 'YES' : 'NO'))
 * export const nightly = job('nightly').start(load).next(anySkips).on(anySkips, 'YES').fail().next(step('publish')).build()
 * ```
 *
 * @throws InvalidOptionError
 */
export function decision<const N extends string, P = NoParameters>(name: N, decide: Decider<P>): Decision<P, N> {
  const check = new OptionCheck('decision')
  check.text('name', name, 1, 100)
  if (typeof decide !== 'function') check.fail('decide', decide, 'a function that gives a name')
  return { kind: 'decision', name, decide: decide as Decider<never> }
}
