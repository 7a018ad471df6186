import type { OptionCheck } from '../domain/check-option.js'
import type { DoesNotFit } from '../domain/does-not-fit.js'
import type { JobParametersIncrementer } from '../domain/job-parameters-incrementer.js'
import { isParameterCheck, type ParameterCheck } from '../domain/parameter-check.js'
import type { ParameterShape } from '../domain/parameter-shape.js'

type TypeIn<D> = D extends { readonly type: infer T } ? T : D

type Contradicted<S, I> = {
  [N in keyof S & keyof I & string]: TypeIn<S[N]> extends TypeIn<I[N]> ? never : N
}[keyof S & keyof I & string]

/** `unknown` when a job declares the parameters of its incrementer not at all or with its types, else a sentence. */
export type FitsIncrementer<S, I> = [Contradicted<S, I>] extends [never]
  ? unknown
  : DoesNotFit<`the parameter "${Contradicted<S, I>}" is declared with another type than the incrementer gives it`>

/** The incrementer of a job's options; a function becomes one. */
export function checkIncrementer(check: OptionCheck, incrementer: unknown): JobParametersIncrementer | undefined {
  if (incrementer === undefined) return undefined
  if (typeof incrementer === 'function') return { next: incrementer as JobParametersIncrementer['next'] }
  const expected = 'an incrementer, e.g. new RunIdIncrementer(), or a function'
  return check.methods('incrementer', incrementer, ['next'], expected) as JobParametersIncrementer
}

/** The parameters that a job declares, and those of its incrementer that it does not declare itself. */
export function mergedParameters(
  check: OptionCheck,
  own: ParameterShape,
  incrementer: JobParametersIncrementer | undefined,
): ParameterShape {
  const added = incrementer?.parameters
  if (added === undefined || typeof own !== 'object' || own === null || Array.isArray(own)) return own
  for (const [name, declaration] of Object.entries(added)) {
    if (!Object.hasOwn(own, name)) continue
    const [declared, counted] = [typeIn(own[name]), typeIn(declaration)]
    if (declared !== counted) {
      check.fail(`parameters.${name}`, declared, `of the type that the incrementer gives it, ${String(counted)}`)
    }
  }
  return { ...added, ...own }
}

/** The rule across parameters of a job's options. */
export function checkValidator(check: OptionCheck, validate: unknown): ParameterCheck<never> | undefined {
  if (validate === undefined || isParameterCheck(validate)) return validate
  return check.fail('validate', validate, 'a function, or a Standard Schema such as a Zod object')
}

function typeIn(declaration: ParameterShape[string] | undefined): unknown {
  return typeof declaration === 'object' && declaration !== null ? declaration.type : declaration
}
