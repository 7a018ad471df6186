import { InvalidOptionError } from '../domain/option-error.js'
import { DecoratorError } from './decorator-error.js'

/** A class whose instances can be made. */
export type ComponentClass<T extends object = object> = new (...args: never[]) => T

/**
 * Makes instances of classes: the door to a host's container. Called while a class is compiled, once for each class that is
 * named; whether it gives a new instance each time is its own affair. Synchronous.
 */
export interface ComponentResolver {
  /** An instance of `type`. What it throws, the compilation throws. */
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
  if (resolver !== undefined) return checkInstance(type.name, resolver.resolve(type))
  if (type.length > 0) {
    throw new DecoratorError(type.name, undefined, 'its constructor takes arguments: give an instance, or a `resolver`')
  }
  return new type()
}

function checkInstance(className: string, resolved: unknown): object {
  if (typeof resolved === 'object' && resolved !== null && !('then' in resolved)) return resolved
  throw new DecoratorError(className, undefined, 'the resolver gave no instance of it; a resolver is synchronous')
}
