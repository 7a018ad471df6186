import { OptionCheck } from '../../domain/check-option.js'
import { isItemReader, isIterable, isOneShot, stepScopeFactory } from '../../item/item-source.js'
import { isItemStream } from '../../item/item-stream.js'
import { isRangedItemReader } from '../../item/ranged-item-reader.js'
import { COUNT_ONLY, NO_RANGES, ONE_POSITION } from './any-order-rules.js'
import { checkStepOptions, STEP_OPTIONS } from '../check-step-options.js'
import { checkRetry } from '../fault/retry-policy.js'
import { checkSkip } from '../fault/skip-policy.js'
import type { AnyChunkStepOptions } from './chunk-options.js'
import { checkCompletion } from './completion.js'
import { checkTimeouts } from './timeouts.js'

const KNOWN = [
  'reader',
  'processor',
  'writer',
  'chunkSize',
  'chunk',
  'timeout',
  'taskExecutor',
  'concurrency',
  'itemConcurrency',
  'commitOrder',
  'transaction',
  'retry',
  'skip',
  ...STEP_OPTIONS,
] as const

/** Checks the options of a chunk step. `owner` is how errors name the step: `chunkStep("load")`. */
export function checkChunkOptions(owner: string, options: AnyChunkStepOptions): void {
  const check = new OptionCheck(owner)
  check.object(options, KNOWN)
  checkReader(check, options.reader)
  checkComponent(check, 'processor', options.processor, 'process', true)
  checkComponent(check, 'writer', options.writer, 'write', false)
  checkCompletion(owner, options)
  checkTimeouts(owner, options.timeout)
  if (options.itemConcurrency !== undefined) check.integer('itemConcurrency', options.itemConcurrency, 1)
  if (options.commitOrder !== undefined) checkCommitOrder(check, options)
  if (options.transaction !== undefined) {
    check.methods('transaction', options.transaction, ['begin'], 'a transaction manager')
  }
  checkRetry(check, options.retry)
  checkSkip(check, options.skip)
  checkConcurrency(check, options)
  checkStepOptions(check, options)
}

/** What only the step's start can see, such as what a function gives, is checked there. */
function checkCommitOrder(check: OptionCheck, { commitOrder, reader, writer, chunk, skip }: AnyChunkStepOptions): void {
  if (check.oneOf('commitOrder', commitOrder, ['read', 'any']) === 'read') return
  const isRanged = isItemReader(reader) && isRangedItemReader(reader)
  if (typeof reader !== 'function' && !isRanged) check.fail('commitOrder', commitOrder, NO_RANGES)
  if (isItemStream(writer) || isItemStream(skip?.to)) check.fail('commitOrder', commitOrder, ONE_POSITION)
  if (chunk !== undefined) check.fail('commitOrder', commitOrder, COUNT_ONLY)
}

function checkReader(check: OptionCheck, reader: unknown): void {
  if (typeof reader === 'function') return
  const found = isItemReader(reader) ? reader : undefined
  if (found !== undefined) return
  if (isIterable(reader)) {
    if (!isOneShot(reader)) return
    check.fail('reader', reader, 'something that can be read again at a restart; give a function that makes it')
  }
  check.fail(
    'reader',
    reader,
    'a reader (an object with `read`), an array or other iterable, or a function that makes one',
  )
}

function checkComponent(check: OptionCheck, option: string, value: unknown, method: string, optional: boolean): void {
  if (optional && value === undefined) return
  if (typeof value === 'function' || stepScopeFactory(value) !== undefined) return
  check.methods(option, value, [method], `a ${option} (an object with \`${method}\`), a function, or stepScope(…)`)
}

function checkConcurrency(check: OptionCheck, options: AnyChunkStepOptions): void {
  const { taskExecutor, concurrency } = options
  if (taskExecutor !== undefined) {
    check.methods('taskExecutor', taskExecutor, ['submit', 'whileWaiting'], 'a task executor')
  }
  if (concurrency !== undefined) check.integer('concurrency', concurrency, 1, 10_000)
  else if (taskExecutor?.concurrency === Infinity) {
    check.fail('concurrency', concurrency, 'given: the task executor has no limit of its own')
  }
}

/** Why executions of the step cannot run side by side, with one instance for all of them; `undefined` when they can. */
export function sharedPart({ reader, processor, writer, skip }: AnyChunkStepOptions): string | undefined {
  const shared = (part: string, make: string): string =>
    `one whose ${part} is made for each partition by ${make}: one ${part} cannot serve several of them at once`
  if (typeof reader !== 'function') return shared('reader', 'a function, reader: (context) => …')
  if (isItemStream(processor)) return shared('processor', 'stepScope(…)')
  if (isItemStream(writer)) return shared('writer', 'stepScope(…)')
  return isItemStream(skip?.to) ? shared('skip.to', 'stepScope(…)') : undefined
}
