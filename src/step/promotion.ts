import { isDeepStrictEqual } from 'node:util'
import { BatchError } from '../domain/batch-error.js'
import type { OptionCheck } from '../domain/check-option.js'
import type { ExecutionContext, ReadonlyExecutionContext } from '../domain/execution-context.js'
import { exitCodePattern, type ExitCodePattern, matchesExitCode } from '../domain/exit-code-pattern.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { Logger } from '../support/logger.js'
import { quote } from '../support/quote.js'

/** Which keys of a step's context go to the job's, and when. */
export interface PromotionOptions {
  /** The keys to copy. At least one. */
  readonly keys: readonly string[]
  /** Exit codes of the step, with `*` and `?`, after which they are copied. Default `['COMPLETED']`. */
  readonly on?: readonly string[]
  /** True: a key that the step's context does not have fails the step. Default false: it is left out, with a warning. */
  readonly strict?: boolean
}

/** Promotion options, checked and complete. */
export interface Promotion {
  readonly keys: readonly string[]
  readonly on: readonly ExitCodePattern[]
  readonly strict: boolean
}

/**
 * A key could not go from a step's context to the job's: the step has not put it though the promotion is strict, or a step
 * that ran at the same time has put another value there meanwhile, which would be lost.
 */
export class PromotionError extends BatchError {
  static readonly code = 'BATCH_PROMOTION'
  readonly stepName: string
  readonly key: string

  constructor(stepName: string, key: string, reason: string) {
    super(`step ${quote(stepName)} cannot promote ${quote(key)} to the job's context: ${reason}`)
    this.stepName = stepName
    this.key = key
  }
}

/** Checks the option `promote`. */
export function checkPromotion(
  check: OptionCheck,
  promote: readonly string[] | PromotionOptions | undefined,
): Promotion | undefined {
  if (promote === undefined) return undefined
  const options = Array.isArray(promote) ? { keys: promote as readonly string[] } : (promote as PromotionOptions)
  if (typeof options !== 'object' || options === null) {
    check.fail('promote', promote, 'an array of keys, or { keys, on, strict }')
  }
  check.object(options, ['keys', 'on', 'strict'])
  const { keys, on = ['COMPLETED'], strict = false } = options
  return {
    keys: checkTexts(check, 'promote.keys', keys),
    on: checkTexts(check, 'promote.on', on).map(exitCodePattern),
    strict: check.boolean('promote.strict', strict),
  }
}

function checkTexts(check: OptionCheck, option: string, texts: readonly string[]): readonly string[] {
  if (!Array.isArray(texts) || texts.length === 0) check.fail(option, texts, 'an array of at least one text')
  for (const [index, text] of texts.entries()) check.text(`${option}[${index}]`, text)
  return [...texts]
}

/** Whose context goes where. */
export interface PromotionScene {
  readonly promotion: Promotion | undefined
  readonly stepExecution: StepExecution
  /** The job's context as it was when the step began. */
  readonly before: ReadonlyExecutionContext
  readonly jobContext: ExecutionContext
  readonly logger: Logger
}

/**
 * Copies what the step promotes, if its exit code asks for it.
 *
 * @throws PromotionError having copied nothing
 */
export function promote({ promotion, stepExecution, before, jobContext, logger }: PromotionScene): void {
  const { stepName, exitStatus, executionContext } = stepExecution
  if (!promotion?.on.some((pattern) => matchesExitCode(pattern, exitStatus.exitCode))) return
  const found: [string, unknown][] = []
  for (const key of promotion.keys) {
    if (!executionContext.has(key)) {
      if (promotion.strict) throw new PromotionError(stepName, key, 'the step has not put it')
      logger.warn({ step: stepName, key }, 'a key to promote is missing in the step’s context')
      continue
    }
    const value = executionContext.get(key)
    const now = jobContext.get(key)
    if (!isDeepStrictEqual(now, before.get(key)) && !isDeepStrictEqual(now, value)) {
      throw new PromotionError(stepName, key, 'a step that ran at the same time has put another value there')
    }
    found.push([key, value])
  }
  for (const [key, value] of found) jobContext.put(key, value)
}
