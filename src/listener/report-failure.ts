const listenerFailures = new WeakSet<object>()

/**
 * Tells listeners of a failure. A listener that throws in turn does not hide the failure: both come out, the failure
 * first.
 */
export async function tellFailure(error: unknown, tell: (() => void | Promise<void>) | undefined): Promise<void> {
  if (tell === undefined) return
  try {
    await tell()
  } catch (listenerError) {
    const both = failedTogether(error, listenerError, 'a listener')
    listenerFailures.add(both)
    throw both
  }
}

/** Tells listeners of a failure as {@link tellFailure} does, then throws it. */
export async function reportFailure(error: unknown, tell: (() => void | Promise<void>) | undefined): Promise<never> {
  await tellFailure(error, tell)
  throw error
}

/** Whether an error says that a listener failed when it was told of another: nothing forgives that. */
export function isListenerFailure(error: unknown): boolean {
  return typeof error === 'object' && error !== null && listenerFailures.has(error)
}

/** A failure, and what failed when it was dealt with: both, the failure as the cause. */
export function failedTogether(error: unknown, second: unknown, who: string): AggregateError {
  const message = `${messageOf(error)}; then ${who} failed as well: ${messageOf(second)}`
  return new AggregateError([error, second], message, { cause: error })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
