/**
 * An error and everything that led to it: its causes, and the errors gathered in it. Each comes once, so that a chain
 * that bites its tail ends.
 */
export function errorChain(error: unknown): readonly unknown[] {
  const chain = new Set<unknown>([error])
  for (const link of chain) {
    if (typeof link !== 'object' || link === null) continue
    const { cause, errors } = link as { readonly cause?: unknown; readonly errors?: unknown }
    if (cause !== undefined && cause !== null) chain.add(cause)
    if (Array.isArray(errors)) for (const inner of errors as unknown[]) chain.add(inner)
  }
  return [...chain]
}
