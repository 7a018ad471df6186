import { InvalidOptionError } from '../domain/option-error.js'
import { quote } from '../support/quote.js'
import { DecoratorError } from './decorator-error.js'

/** A class whose instances can be made. */
// oxlint-disable-next-line typescript/no-explicit-any -- containers take a class only if its arguments are of any type
export type ComponentClass<T extends object = object> = new (...args: any[]) => T

/**
 * Makes instances of classes: the door to a host's container. Called while a class is compiled, once for each class that is
 * named; whether it gives a new instance each time is its own affair. Synchronous.
 */
export interface ComponentResolver {
  /** An instance of `type`. What it throws is the `cause` of a `DecoratorError` that names the class. */
  resolve<T extends object>(type: ComponentClass<T>): T
}

/** Options of `compileJob` and `compileStep`. */
export interface CompileOptions {
  /**
   * Makes the instances of classes that are given as classes. Default: a class whose constructor takes nothing is
   * constructed, any other is an error.
   */
  readonly resolver?: ComponentResolver
}

/** What is given, or an instance of it if it is a class. */
export function instanceOf(given: unknown, { resolver }: CompileOptions): object {
  if (resolver !== undefined && typeof resolver.resolve !== 'function') {
    throw new InvalidOptionError('resolver', resolver, 'an object with `resolve`')
  }
  if (typeof given === 'object' && typeof given?.constructor === 'function') return given
  if (typeof given !== 'function')
    throw new InvalidOptionError('class', given, 'a class with decorators, or an instance')
  const type = given as ComponentClass
  if (resolver !== undefined) return resolved(type, resolver)
  if (type.length > 0) {
    throw new DecoratorError(type.name, undefined, 'its constructor takes arguments: give an instance, or a `resolver`')
  }
  return new type()
}

function resolved(type: ComponentClass, resolver: ComponentResolver): object {
  const instance: unknown = ask(type, resolver)
  if (typeof instance === 'object' && instance !== null && !('then' in instance)) return instance
  throw new DecoratorError(type.name, undefined, 'the resolver gave no instance of it; a resolver is synchronous')
}

function ask(type: ComponentClass, resolver: ComponentResolver): unknown {
  try {
    return resolver.resolve(type)
  } catch (error) {
    if (error instanceof DecoratorError) throw error
    const problem = error instanceof Error ? error.message : quote(error)
    throw new DecoratorError(type.name, undefined, `the resolver gave no instance of it: ${problem}`, { cause: error })
  }
}
