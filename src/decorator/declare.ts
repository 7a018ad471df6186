import type { AnyClass, Fault, Injection, ListenerMember, Member } from './class-metadata.js'
import { quote } from '../support/quote.js'
import { DecoratorError } from './decorator-error.js'
import { changeMetadata } from './metadata.js'

/** What a method decorator is applied to: the prototype, for a static method the class itself. */
export function classOf(target: object): AnyClass {
  return (typeof target === 'function' ? target : target.constructor) as AnyClass
}

/** Notes a method that stands in the job. One that overrides an inherited one stands in its place. */
export function declareMember(target: object, member: Omit<Member, 'declaredBy'>): void {
  const type = classOf(target)
  const { method, kind } = member
  if (isUnusable(target, method, `@${kind}`)) return
  changeMetadata(type, ({ members, injections, faults }) => {
    const index = members.findIndex((one) => one.method === method)
    const there = members[index]
    if (there?.declaredBy === type) {
      const problem = `is declared twice, as @${there.kind} and as @${kind}: a name stands for one method of one kind`
      return { faults: [...faults, { method, problem }] }
    }
    const added: Member = { ...member, declaredBy: type }
    return {
      members: there === undefined ? [...members, added] : members.with(index, added),
      injections: withoutInherited(injections, type, method),
    }
  })
}

/** Notes a method that is told of an event. */
export function declareListener(target: object, listener: Omit<ListenerMember, 'declaredBy'>): void {
  const type = classOf(target)
  const { method, event } = listener
  if (isUnusable(target, method, `a listener of ${event}`)) return
  changeMetadata(type, ({ listeners, injections }) => {
    const inherited = (one: ListenerMember): boolean =>
      one.method === method && one.event === event && one.declaredBy !== type
    return {
      listeners: [...listeners.filter((one) => !inherited(one)), { ...listener, declaredBy: type }],
      injections: withoutInherited(injections, type, method),
    }
  })
}

/** Notes a parameter that gets its value from the execution. */
export function declareInjection(target: object, injection: Omit<Injection, 'declaredBy'>): void {
  const type = classOf(target)
  if (isUnusable(target, injection.method, `@${injection.kind}`)) return
  changeMetadata(type, ({ injections }) => ({
    injections: [...withoutInherited(injections, type, injection.method), { ...injection, declaredBy: type }],
  }))
}

/** Notes what is wrong, to be said when the class is compiled: a decorator that throws hides which class it stands in. */
function declareFault(type: AnyClass, fault: Fault): void {
  changeMetadata(type, ({ faults }) => ({ faults: [...faults, fault] }))
}

function isUnusable(target: object, method: unknown, what: string): boolean {
  // A standard decorator is handed a context instead of a name, and nothing by which its class could be found.
  if (typeof method === 'object' && method !== null) {
    const { name } = method as { readonly name?: unknown }
    const problem = `${what} is compiled as a standard decorator: set "experimentalDecorators": true in the tsconfig`
    throw new DecoratorError('a class', typeof name === 'string' ? name : undefined, problem)
  }
  if (method === undefined) {
    declareFault(classOf(target), { method: undefined, problem: `${what} stands at the constructor, not at a method` })
  } else if (typeof method !== 'string') {
    declareFault(classOf(target), { method: quote(method), problem: `${what} needs a method with a name` })
  } else if (typeof target === 'function') {
    declareFault(classOf(target), { method, problem: `${what} stands at a static method` })
  } else return false
  return true
}

/** A method that is declared anew has parameters of its own. */
function withoutInherited(injections: readonly Injection[], type: AnyClass, method: string): readonly Injection[] {
  return injections.filter((one) => one.method !== method || one.declaredBy === type)
}
