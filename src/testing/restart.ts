import { OptionCheck } from '../domain/check-option.js'
import { InvalidOptionError } from '../domain/option-error.js'
import type { NoParameters } from '../domain/step-context.js'
import { checkCompareOptions } from './compare-items.js'
import type { Death } from './mortal-repository.js'
import { RestartLab } from './restart-lab.js'
import type { RestartProof, RestartTestOptions } from './restart-options.js'

const KNOWN = ['step', 'written', 'prepare', 'parameters', 'context', 'key', 'order', 'death', 'repository'].concat(
  'logger',
  'clock',
)

/**
 * Proves that a step goes on where it was after its process was killed at its `chunk`-th chunk, counted from 1: runs it once
 * unbroken, then kills it (before the commit of that chunk, and in another run after it), restarts it with instances of
 * its own, and compares what was written. A killed process stores nothing more, closes nothing and gives back no lease; that
 * lease has expired at once. Nothing is waited for.
 *
 * @example
 * ```ts
 * import { chunkStep } from 'chunkwise'
 * import { ListItemReader, ListItemWriter, restartAfter } from 'chunkwise/testing'
 *
 * let target = new ListItemWriter<string>()
 * const proof = await restartAfter(2, {
 *   step: () => chunkStep('copy', { chunkSize: 2, reader: new ListItemReader(['a', 'b', 'c']), writer: target }),
 *   written: () => target.items,
 *   prepare: () => (target = new ListItemWriter()),
 * })
 * console.assert(proof.restarts === 2)
 * ```
 *
 * @throws RestartTestError the restarted step has failed, or has written something else: the error says what was lost,
 *   what doubled, and where the order differs
 * @throws InvalidOptionError an option cannot work, or the step has fewer chunks
 */
export async function restartAfter<T, P = NoParameters>(
  chunk: number,
  options: RestartTestOptions<T, P>,
): Promise<RestartProof<T>> {
  const check = checkOptions('restartAfter', options)
  check.integer('chunk', chunk, 1)
  const lab = new RestartLab(options)
  const unbroken = await lab.runUnbroken()
  const { chunks, stepName } = unbroken
  const { death } = options
  if (chunk > chunks)
    throw new InvalidOptionError('restartAfter.chunk', chunk, `1 to ${chunks}: the step commits no more`)
  const deaths = death === 'before-end' ? [atEnd(stepName)] : deathsAt(chunk, death)
  return lab.prove(unbroken, deaths)
}

/**
 * The same as {@link restartAfter} for every chunk, and for a death between the last commit and the storing of the step's
 * end. It runs the step twice for each: keep the input short.
 *
 * @throws RestartTestError
 * @throws InvalidOptionError
 */
export async function restartAnywhere<T, P = NoParameters>(
  options: RestartTestOptions<T, P>,
): Promise<RestartProof<T>> {
  checkOptions('restartAnywhere', options)
  const lab = new RestartLab(options)
  const unbroken = await lab.runUnbroken()
  const { chunks, stepName } = unbroken
  const { death } = options
  const deaths: Death[] = []
  if (death !== 'before-end') {
    for (let chunk = 1; chunk <= chunks; chunk++) deaths.push(...deathsAt(chunk, death))
  }
  if (death === undefined || death === 'before-end') deaths.push(atEnd(stepName))
  return lab.prove(unbroken, deaths)
}

function deathsAt(chunk: number, death: 'before-commit' | 'after-commit' | undefined): readonly Death[] {
  const times = death === undefined ? (['before-commit', 'after-commit'] as const) : [death]
  return times.map((when) => ({ when, chunk }))
}

function atEnd(stepName: string): Death {
  return { when: 'before-end', stepName }
}

function checkOptions<T, P>(owner: string, options: RestartTestOptions<T, P>): OptionCheck {
  const check = new OptionCheck(owner)
  check.object(options, KNOWN)
  checkCompareOptions(check, options)
  const { step, written, prepare, death } = options
  if (typeof step !== 'function') check.fail('step', step, 'a function that makes the step, anew each time')
  if (written !== undefined && typeof written !== 'function') check.fail('written', written, 'a function')
  if (prepare !== undefined || written !== undefined) {
    if (typeof prepare !== 'function')
      check.fail('prepare', prepare, 'a function that empties the target before each run')
  }
  if (death !== undefined) check.oneOf('death', death, ['before-commit', 'after-commit', 'before-end'])
  return check
}
