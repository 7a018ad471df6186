/** The methods of one event, collected once: `undefined` when nobody listens, so that the event costs nothing. */
export type Notify<A extends readonly unknown[]> = ((...args: A) => void | Promise<void>) | undefined

type Handler<A extends readonly unknown[]> = (...args: A) => void | Promise<void>

/**
 * Binds the method `name` of each listener that has it. Events named `before…` are told in the order of the listeners,
 * all others in reverse, so that listeners nest. The first that throws ends the round.
 */
export function notifier<L extends object, K extends keyof L & string>(
  listeners: readonly L[],
  name: K,
): Notify<NonNullable<L[K]> extends (...args: infer A) => unknown ? A : never> {
  type A = NonNullable<L[K]> extends (...args: infer Args) => unknown ? Args : never
  const handlers: Handler<A>[] = []
  for (const listener of listeners) {
    const method = listener[name] as unknown as Handler<A> | undefined
    if (method !== undefined) handlers.push(method.bind(listener))
  }
  if (!name.startsWith('before')) handlers.reverse()
  if (handlers.length === 0) return undefined
  if (handlers.length === 1) return handlers[0]
  return async (...args) => {
    for (const handler of handlers) await handler(...args)
  }
}
