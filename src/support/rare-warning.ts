import type { Clock } from './clock.js'
import type { Logger } from './logger.js'

/** Milliseconds between two lines that say the same. */
const PAUSE = 10_000

interface Said {
  readonly at: number
  /** How often it was left unsaid since. */
  leftOut: number
}

/** For each logger, when it was last told what. */
const saidTo = new WeakMap<Logger, Map<string, Said>>()

/**
 * Warns of what a database that is away makes happen many times a second: at most once in ten seconds for each
 * message. `leftOut` says how often it has happened unsaid in between. `message` is one of a few, never made of data.
 */
export function warnRarely({ clock, logger }: Warner, fields: object, message: string): void {
  let messages = saidTo.get(logger)
  if (messages === undefined) saidTo.set(logger, (messages = new Map()))
  const said = messages.get(message)
  const now = clock.monotonic()
  // A clock of another kind may be behind the one before.
  if (said !== undefined && now >= said.at && now < said.at + PAUSE) {
    said.leftOut++
    return
  }
  messages.set(message, { at: now, leftOut: 0 })
  logger.warn(said === undefined || said.leftOut === 0 ? fields : { ...fields, leftOut: said.leftOut }, message)
}

/** Who warns, and by which clock. */
export interface Warner {
  readonly clock: Clock
  readonly logger: Logger
}
