import { describe, expectTypeOf, it } from 'vitest'
import type { ParameterInput, ParameterShape, ParameterValues } from '../../src/domain/parameter-shape.js'

/** As `job` takes its shape. */
declare function job<const S extends ParameterShape>(
  name: string,
  options: { readonly parameters: S },
): { readonly values: ParameterValues<S>; readonly input: ParameterInput<S> }

type JobOf<S extends ParameterShape> = ReturnType<typeof job<S>>

describe('the types of parameters', () => {
  it('a type alone is a value that is always there', () => {
    const infer = () => job('x', { parameters: { before: 'date' } })
    expectTypeOf<ReturnType<typeof infer>['values']>().toEqualTypeOf<{ readonly before: Date }>()
    expectTypeOf<ReturnType<typeof infer>['input']>().toEqualTypeOf<{ readonly before: Date }>()
  })

  it('every type has its JavaScript type', () => {
    type Values = ParameterValues<{
      s: 'string'
      n: 'long'
      i: 'bigint'
      d: 'double'
      b: 'boolean'
      t: 'date'
      ld: 'localDate'
      ldt: 'localDateTime'
      lt: 'localTime'
    }>
    expectTypeOf<Values>().toEqualTypeOf<{
      readonly s: string
      readonly n: number
      readonly i: bigint
      readonly d: number
      readonly b: boolean
      readonly t: Date
      readonly ld: string
      readonly ldt: string
      readonly lt: string
    }>()
  })

  it('a parameter with a default is there, and need not be given', () => {
    const infer = () => job('x', { parameters: { dryRun: { type: 'boolean', identifying: false, default: false } } })
    expectTypeOf<ReturnType<typeof infer>['values']>().toEqualTypeOf<{ readonly dryRun: boolean }>()
    expectTypeOf<ReturnType<typeof infer>['input']>().toEqualTypeOf<{ readonly dryRun?: boolean | undefined }>()
  })

  it('a parameter that is not required may be missing', () => {
    const infer = () => job('x', { parameters: { a: { type: 'long', required: false }, b: { type: 'long' } } })
    expectTypeOf<ReturnType<typeof infer>['values']>().toEqualTypeOf<{
      readonly b: number
      readonly a?: number | undefined
    }>()
    expectTypeOf<ReturnType<typeof infer>['input']>().toEqualTypeOf<{
      readonly b: number
      readonly a?: number | undefined
    }>()
  })

  it('an empty shape has no values', () => {
    // oxlint-disable-next-line typescript/no-empty-object-type
    expectTypeOf<JobOf<{}>['values']>().toEqualTypeOf<{}>()
  })

  it('a shape that is not known leaves every name possible', () => {
    expectTypeOf<ParameterValues<ParameterShape>[string]>().toEqualTypeOf<
      string | number | bigint | boolean | Date | undefined
    >()
  })

  it('wrong declarations do not compile', () => {
    const wrong = () => {
      // @ts-expect-error there is no such type
      job('x', { parameters: { a: 'text' } })
      // @ts-expect-error the default is of another type
      job('x', { parameters: { a: { type: 'long', default: '5' } } })
      // @ts-expect-error a required parameter is not given
      const missing: ParameterInput<{ a: 'long' }> = {}
      // @ts-expect-error a value of another type
      const other: ParameterInput<{ a: 'date' }> = { a: '2024-02-29' }
      // @ts-expect-error a name that is not declared
      const extra: ParameterInput<{ a: 'long' }> = { a: 1, b: 2 }
      return [missing, other, extra]
    }
    expectTypeOf(wrong).toBeFunction()
  })
})
