import type { OptionCheck } from '../../domain/check-option.js'
import { type StepScoped, stepScopeFactory, type WriteFunction } from '../../item/item-source.js'
import type { ItemWriter } from '../../item/item-writer.js'
import type { DeadLetter } from './dead-letter.js'
import { checkPatterns, type ErrorPattern } from './error-pattern.js'

/** Decides what is skipped. It must answer at once, and may be asked several times for one error. */
export interface SkipPolicy {
  /** Whether to skip what failed with `error`, after `skipped` skips in this step execution. */
  shouldSkip(error: unknown, skipped: number): boolean
}

/** How many items may be skipped: a part of those that were read, and a number that is always allowed. */
export interface SkipRatio {
  /** The part of the items read, above 0, at most 1. Counted when a chunk goes into processing. */
  readonly ratio: number
  /** So many are allowed however few have been read. */
  readonly minimum: number
}

/** Where skipped items go: once per chunk, in its transaction, with everything the chunk has skipped. */
export type DeadLetterWriter = ItemWriter<DeadLetter> | WriteFunction<DeadLetter, never>

/** A {@link DeadLetterWriter}, or `stepScope(…)` that makes one when the step begins. */
export type DeadLetterOption = DeadLetterWriter | StepScoped<DeadLetterWriter, never>

/** What is skipped, and how much of it. */
export interface SkipOptions {
  /**
   * How many reads and items, together, one execution of the step may skip. One more fails the step with
   * `SkipLimitExceededError`.
   */
  readonly limit: number | SkipRatio
  /** The errors because of which to skip. */
  readonly on: readonly ErrorPattern[]
  /** The errors, among those of `on`, because of which not to. Default: none. */
  readonly notOn?: readonly ErrorPattern[]
  /**
   * Writes down what was skipped. When it fails, the chunk fails. One with a position of its own, such as a file writer,
   * is opened, completed and closed with the step, and has its place in each chunk's checkpoint; it needs
   * `commitOrder: 'read'`. Default: nobody does.
   */
  readonly to?: DeadLetterOption
}

/** A skip policy, which may also say where skipped items go. */
export type SkipPolicyOption = SkipPolicy & { readonly to?: DeadLetterOption }

/** Checks the option `skip` of a step. */
export function checkSkip(check: OptionCheck, skip: SkipOptions | SkipPolicyOption | undefined): void {
  if (skip === undefined) return
  if (typeof skip !== 'object' || skip === null) check.fail('skip', skip, 'an object such as { limit, on }')
  checkDeadLetters(check, skip.to)
  if (isSkipPolicy(skip)) return
  check.object(skip, ['limit', 'on', 'notOn', 'to'])
  checkLimit(check, skip.limit)
  checkPatterns(check, 'skip.on', skip.on, 1)
  checkPatterns(check, 'skip.notOn', skip.notOn, 0)
}

/** Whether `skip` decides by itself. */
export function isSkipPolicy(skip: SkipOptions | SkipPolicyOption): skip is SkipPolicyOption {
  return typeof (skip as Partial<SkipPolicy>).shouldSkip === 'function'
}

function checkLimit(check: OptionCheck, limit: unknown): void {
  if (typeof limit !== 'object' || limit === null) {
    check.integer('skip.limit', limit, 0)
    return
  }
  const share: Partial<SkipRatio> = limit
  check.object(share, ['ratio', 'minimum'])
  const { ratio, minimum } = share
  if (typeof ratio !== 'number' || !(ratio > 0 && ratio <= 1)) {
    check.fail('skip.limit.ratio', ratio, 'a number above 0, at most 1')
  }
  check.integer('skip.limit.minimum', minimum, 0)
}

function checkDeadLetters(check: OptionCheck, to: unknown): void {
  if (to === undefined || typeof to === 'function' || stepScopeFactory(to) !== undefined) return
  check.methods('skip.to', to, ['write'], 'a writer (an object with `write`), a function, or stepScope(…)')
}
