import { nearest } from '../support/nearest.js'
import { quote } from '../support/quote.js'
import type { CallKind, CallScene } from './call-scene.js'
import type { AnyClass, ClassMetadata, Injection } from './class-metadata.js'
import { conversionTo, NotConvertible } from './convert-value.js'
import { DecoratorError } from './decorator-error.js'
import { emittedTypes, metadataOf } from './metadata.js'

/** What of a job's declaration a compiled class is checked against. */
export interface DeclaredNames {
  readonly names: ReadonlySet<string>
  readonly secrets: ReadonlySet<string>
}

type Call = (...args: readonly unknown[]) => unknown

/** An instance of a class with decorators, and what they say. */
export class ClassReader {
  readonly instance: object
  readonly metadata: ClassMetadata
  readonly className: string
  readonly #declared: DeclaredNames | undefined
  readonly #called = new Set<string>()

  /** `declared`: the parameters of the job, where that is known. */
  constructor(instance: object, declared?: DeclaredNames) {
    const type = instance.constructor as AnyClass
    this.instance = instance
    this.metadata = metadataOf(type)
    this.className = type.name === '' ? 'a class without a name' : type.name
    this.#declared = declared
    const [fault] = this.metadata.faults
    if (fault !== undefined) this.fail(fault.method, fault.problem)
  }

  /** Throws for a method, or for the class as a whole. */
  fail(method: string | undefined, problem: string): never {
    throw new DecoratorError(this.className, method, problem)
  }

  /** Whether the instance has a method of this name. */
  has(method: string): boolean {
    return typeof this.#members[method] === 'function'
  }

  /** A member of the instance, whatever it is. */
  member(name: string): unknown {
    return this.#members[name]
  }

  /** Calls a method as it is. */
  call(method: string, args: readonly unknown[]): unknown {
    if (!this.has(method)) this.fail(method, 'is no method')
    return (this.#members[method] as Call).apply(this.instance, args as unknown[])
  }

  /**
   * A function that calls the method with what it is called with, and with the values of injected parameters in their
   * places.
   *
   * @throws DecoratorError a parameter cannot be had in such a call
   */
  bound(method: string, kind: CallKind): Call {
    if (!this.has(method)) this.fail(method, 'is no method')
    this.#called.add(method)
    const injections = this.#injectionsOf(method)
    if (injections.length === 0) return (...args) => this.call(method, args)
    const values: (((scene: CallScene) => unknown) | undefined)[] = []
    for (const injection of injections) values[injection.index] = this.#valueOf(injection, kind)
    return (...args) => {
      const scene = kind.scene(args)
      let taken = 0
      // Array.from: the places without a decorator are holes.
      const placed = Array.from(values, (value) => (value === undefined ? args[taken++] : value(scene)))
      return this.call(method, [...placed, ...args.slice(taken)])
    }
  }

  /** Throws for parameters of methods that nothing has asked for: nobody would ever give them a value. */
  assertAllCalled(): void {
    for (const { method, kind } of this.metadata.injections) {
      if (this.#called.has(method)) continue
      const isStep = this.metadata.members.some((one) => one.method === method && one.kind === 'Step')
      this.fail(
        method,
        isStep
          ? `is called before anything runs: @${kind} has no value yet; read it in reader: (context) => …, or in a @Tasklet`
          : `has @${kind}, but is not called by the job: it has no decorator of its own`,
      )
    }
  }

  /**
   * Throws for a parameter that a method asks for and no job with these parameters has.
   *
   * @throws DecoratorError
   */
  checkParameters(declared: ReadonlySet<string>): void {
    for (const injection of this.metadata.injections) {
      if (injection.kind === 'JobParam') this.#checkName(injection, declared)
    }
  }

  get #members(): Readonly<Record<string, unknown>> {
    return this.instance as Readonly<Record<string, unknown>>
  }

  #injectionsOf(method: string): readonly Injection[] {
    return this.metadata.injections.filter((one) => one.method === method)
  }

  #valueOf(injection: Injection, call: CallKind): (scene: CallScene) => unknown {
    const { kind, name, method } = injection
    this.#check(injection, call)
    const convert = this.#converter(injection)
    return (scene) => {
      const value =
        kind === 'JobParam'
          ? scene.parameters[name]
          : (kind === 'JobContextValue' ? scene.jobContext : scene.stepContext)?.get(name)
      if (value === undefined || convert === undefined) return value
      const converted = convert(value)
      if (!(converted instanceof NotConvertible)) return converted
      return this.fail(method, `the value of @${kind}(${quote(name)}) does not fit: ${converted.problem}`)
    }
  }

  #check({ kind, name, method }: Injection, { gives, hasSecrets }: CallKind): void {
    const decorator = `@${kind}(${quote(name)})`
    if (!gives.includes(kind)) this.fail(method, `${decorator} cannot be had here: the call has no context for it`)
    if (kind !== 'JobParam' || this.#declared === undefined) return
    const { names, secrets } = this.#declared
    this.#checkName({ name, method }, names)
    if (!hasSecrets && secrets.has(name))
      this.fail(method, `${decorator} is secret: listeners of the job do not see it`)
  }

  #checkName({ name, method }: Pick<Injection, 'name' | 'method'>, declared: ReadonlySet<string>): void {
    if (declared.has(name)) return
    const similar = nearest(name, declared)
    const hint = similar === undefined ? '' : `; did you mean ${quote(similar)}?`
    this.fail(method, `@JobParam(${quote(name)}): the job does not declare such a parameter${hint}`)
  }

  /** What the decorator says, else what the compiler has emitted, if it is one of the types that have a meaning here. */
  #converter({ convert, method, index }: Injection): ((value: unknown) => unknown) | undefined {
    if (convert !== undefined) return conversionTo(convert) ?? (convert as (value: unknown) => unknown)
    return conversionTo(emittedTypes(this.instance, method)[index])
  }
}
