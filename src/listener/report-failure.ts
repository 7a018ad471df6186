/**
 * Tells listeners of a failure, then throws it. A listener that throws in turn does not hide the failure: both come out,
 * the failure first.
 */
export async function reportFailure(error: unknown, tell: (() => void | Promise<void>) | undefined): Promise<never> {
  if (tell === undefined) throw error
  try {
    await tell()
  } catch (listenerError) {
    const message = `${messageOf(error)}; then a listener failed as well: ${messageOf(listenerError)}`
    throw new AggregateError([error, listenerError], message, { cause: error })
  }
  throw error
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
