import { BatchError } from '../domain/batch-error.js'

/**
 * A class with decorators does not say what can be run. Thrown by `compileJob` and `compileStep`, before anything runs; at
 * run time only for a parameter of a method whose value cannot be converted; and by a decorator itself where the compiler
 * takes it for a standard one.
 */
export class DecoratorError extends BatchError {
  static readonly code = 'BATCH_DECORATOR'
  /** The class, by its name. */
  readonly className: string
  /** The method; `undefined` when it is the class as a whole. */
  readonly method: string | undefined

  constructor(className: string, method: string | undefined, problem: string, options?: { readonly cause?: unknown }) {
    super(`${method === undefined ? className : `${className}.${method}`}: ${problem}`, options)
    this.className = className
    this.method = method
  }
}
