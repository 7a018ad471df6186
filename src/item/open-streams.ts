import { StreamInUseError, type StreamPart } from './item-errors.js'

// Instances that are open now, in any step execution of this process.
const open = new WeakSet<object>()

/**
 * Takes a stream for one step execution, until it is released.
 *
 * @throws StreamInUseError another has it
 */
export function claimStream(stream: object, stepName: string, part: StreamPart): void {
  if (open.has(stream)) throw new StreamInUseError(stepName, part)
  open.add(stream)
}

/** Gives a stream free, once it is closed. */
export function releaseStream(stream: object): void {
  open.delete(stream)
}
