import { OptionCheck } from '../../domain/check-option.js'
import type { TaskExecutor } from '../../executor/task-executor.js'
import { type Flow, type FlowElement, kindOf, type Split } from './flow.js'

/** Options of {@link split}. */
export interface SplitOptions {
  /** What the flows run on. Default: all of them at once. One executor may serve many splits and steps. */
  readonly taskExecutor?: TaskExecutor
}

/** What several flows read of the job's parameters: all of it. */
export type ParametersOfFlows<F extends readonly AnyFlow[]> = [NonNullable<F[number]['parametersType']>] extends [
  (parameters: infer P) => void,
]
  ? P
  : never

/** The names of several flows and of what is in them. */
export type NamesOfFlows<F extends readonly AnyFlow[]> = F[number]['name'] | NonNullable<F[number]['innerNames']>

type AnyFlow = Flow<never, string, string>

/**
 * Flows that run side by side. The split ends when all of them have ended, also when one fails; the worst status is its
 * own, with the most severe exit code. A restart runs again only what has not completed. An `end()` inside ends that flow
 * alone.
 *
 * @example
 * ```ts
 * import { chunkStep, flow, job, split } from 'chunkwise'
 *
 * const one = <const N extends string>(name: N) =>
 *   flow(name).start(chunkStep(`${name}Step`, { chunkSize: 1, reader: [1], writer: () => {} })).build()
 * export const nightly = job('nightly').start(split('both', [one('users'), one('orders')])).build()
 * ```
 *
 * @throws InvalidOptionError
 */
export function split<const N extends string, const F extends readonly AnyFlow[]>(
  name: N,
  flows: F,
  options: SplitOptions = {},
): Split<ParametersOfFlows<F>, N, NamesOfFlows<F>> {
  new OptionCheck('split').text('name', name, 1, 100)
  const check = new OptionCheck(`split(${JSON.stringify(name)})`)
  check.object(options, ['taskExecutor'])
  if (!Array.isArray(flows) || flows.length === 0) check.fail('flows', flows, 'an array of at least one flow')
  for (const [index, given] of flows.entries()) {
    if (kindOf((given ?? {}) as FlowElement) === 'flow') continue
    check.fail(`flows[${index}]`, given, 'a flow; call build() at the end of flow(…)')
  }
  const { taskExecutor } = options
  if (taskExecutor !== undefined) check.methods('taskExecutor', taskExecutor, ['submit', 'whileWaiting'], 'an executor')
  return { kind: 'split', name, flows: [...flows], taskExecutor }
}
