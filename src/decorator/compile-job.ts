import { OptionCheck } from '../domain/check-option.js'
import type { ParameterShape } from '../domain/parameter-shape.js'
import { job } from '../job/job-builder.js'
import type { Job, JobOptions } from '../job/job.js'
import { ClassReader, type DeclaredNames } from './class-reader.js'
import { ClassListeners } from './compile-listeners.js'
import { MemberCompiler } from './compile-members.js'
import { type CompileOptions, type ComponentClass, instanceOf } from './component-resolver.js'
import { drawFlow, type FlowBeginning } from './draw-flow.js'

/**
 * The job that a class with `@Job` is: the same value as the builder makes. Give an instance, or the class, of which
 * `options.resolver` then makes one. Methods with `@Step` are called once, now; nothing is run.
 *
 * The types of a class do not carry what `@Job` declares: name the shape, `compileJob<{ before: 'date' }>(…)`, to have the
 * parameters of a start checked by the compiler. They are checked at each start in any case.
 *
 * @throws DecoratorError the class cannot be a job: the error names class and method; its `cause` is what a method with
 *   `@Step` has thrown, such as the error of an option
 * @throws InvalidOptionError an option of `@Job` cannot work, or there is no way out of a loop
 */
export function compileJob<S extends ParameterShape = ParameterShape>(
  jobClass: object | ComponentClass,
  options: CompileOptions = {},
): Job<S> {
  new OptionCheck('compileJob').object(options, ['resolver'])
  const instance = instanceOf(jobClass, options)
  const { name, ...given } = jobOptionsOf(instance)
  const declared = declaredNames(given)
  const reader = new ClassReader(instance, declared)
  const listeners = new ClassListeners(reader)
  const own = { ...given, listeners: [...listeners.ofJob(), ...(given.listeners ?? [])] }
  const beginning = job(name, own as never) as unknown as FlowBeginning<Job<S>>
  const members = new MemberCompiler(reader, listeners, options).compileAll()
  const compiled = drawFlow(reader, members, beginning)
  listeners.assertAllTold()
  reader.assertAllCalled()
  return compiled
}

type GivenOptions = JobOptions<ParameterShape> & { readonly name: string }

function jobOptionsOf(instance: object): GivenOptions {
  const reader = new ClassReader(instance)
  const { job: options, members } = reader.metadata
  if (options === undefined) {
    const [member] = members
    return reader.fail(
      member?.method,
      member === undefined ? 'has no @Job' : `is a @${member.kind} of a class without @Job`,
    )
  }
  return options as GivenOptions
}

/** The parameters that a job declares, and those of its incrementer. */
function declaredNames({ parameters = {}, incrementer }: JobOptions<ParameterShape>): DeclaredNames {
  const added = typeof incrementer === 'function' ? {} : (incrementer?.parameters ?? {})
  const shape: ParameterShape = { ...added, ...parameters }
  const declarations = Object.entries(shape)
  const secrets = declarations.filter(([, one]) => typeof one === 'object' && one.secret === true)
  return { names: new Set(declarations.map(([name]) => name)), secrets: new Set(secrets.map(([name]) => name)) }
}
