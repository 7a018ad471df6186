import { OptionCheck } from '../domain/check-option.js'
import type { Progress } from '../domain/progress.js'
import type { Duration } from '../support/duration.js'
import type { JobListener } from './job-listener.js'
import type { StepListener } from './step-listener.js'

/** Options of {@link progressListener}. */
export interface ProgressOptions {
  /** How often it is told at most, while chunks commit. Default `'1s'`; `0`: after each chunk. */
  readonly every?: Duration
  /**
   * How many items a step has in all, where its reader does not know: asked by the step's name when it is told, until it
   * gives a number. Default: nobody knows.
   */
  readonly total?: (stepName: string) => number | undefined | Promise<number | undefined>
}

/** Who is told of progress, and how often. */
export interface ProgressWatch {
  /** In milliseconds. */
  readonly every: number
  readonly total: ProgressOptions['total']
  readonly tell: (progress: Progress) => void | Promise<void>
}

/** For all copies of this package that a process has loaded. */
const WATCH: unique symbol = Symbol.for('chunkwise.progress') as never

/** What {@link progressListener} makes: give it to an operator, a job or a step. */
export interface ProgressListener extends JobListener, StepListener {
  readonly [WATCH]: ProgressWatch
}

/**
 * A listener that is told how far the steps are. Among the listeners of a job it is told of all its steps with chunks or
 * partitions; of an operator, of those of all its jobs; of a step, of that one; of the step that partitions run, of each
 * partition by itself.
 *
 * It is told when the step has opened its input, then when a chunk has committed and `every` is over, and when the step
 * has ended: never of what may still be rolled back. It is awaited. An error of it fails the step, as one of `afterChunk`
 * does; behind the end it is recorded.
 *
 * @example
 * ```ts
 * import { chunkStep, job, progressListener } from 'chunkwise'
 *
 * const load = chunkStep('load', { chunkSize: 100, reader: ['a', 'b'], writer: () => {} })
 * export const nightly = job('nightly', {
 *   listeners: [
 *     progressListener(({ stepName, items, total, timeLeft }) => console.log(stepName, items, total, timeLeft), {
 *       every: '5s',
 *     }),
 *   ],
 * })
 *   .start(load)
 *   .build()
 * ```
 *
 * @throws InvalidOptionError
 */
export function progressListener(
  tell: (progress: Progress) => void | Promise<void>,
  options: ProgressOptions = {},
): ProgressListener {
  const check = new OptionCheck('progressListener')
  if (typeof tell !== 'function') check.fail('tell', tell, 'a function')
  check.object(options, ['every', 'total'])
  const { total } = options
  if (total !== undefined && typeof total !== 'function')
    check.fail('total', total, 'a function of the step\u2019s name')
  return { [WATCH]: { every: check.duration('every', options.every ?? '1s'), total, tell } }
}

/** Whether a listener was made by {@link progressListener}. */
export function isProgressListener(listener: object): listener is ProgressListener {
  return WATCH in listener
}

/** Those among listeners who want to know how far the steps are. */
export function progressWatches(listeners: readonly object[]): readonly ProgressWatch[] {
  return listeners.filter(isProgressListener).map((listener) => listener[WATCH])
}
