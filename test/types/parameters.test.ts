import {
  chunkStep,
  type DoesNotFit,
  type FitsIncrementer,
  type FitsShape,
  job as realJob,
  type JobBuilder,
  type JobHandle,
  type JobOperator,
  type ParameterInput,
  type ParameterShape,
  type ParameterValues,
  parseParameters,
  RunIdIncrementer,
  type StepContext,
} from 'chunkwise'
import { describe, expectTypeOf, it } from 'vitest'

/** As `job` takes its shape. */
declare function job<const S extends ParameterShape>(
  name: string,
  options: { readonly parameters: S },
): { readonly values: ParameterValues<S>; readonly input: ParameterInput<S> }

type JobOf<S extends ParameterShape> = ReturnType<typeof job<S>>

declare const operator: JobOperator
const step = chunkStep('a', { chunkSize: 1, reader: [1], writer: () => undefined })
/** Code that is compiled, and never run. */
const types = (code: () => unknown): void => {
  expectTypeOf(code).toBeFunction()
}
type ShapeOf<B> = B extends JobBuilder<infer S, string> ? S : never

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
      // @ts-expect-error what has a default is not required
      realJob('x', { parameters: { a: { type: 'long', required: true, default: 5 } } })
      // @ts-expect-error a required parameter is not given
      const missing: ParameterInput<{ a: 'long' }> = {}
      // @ts-expect-error a value of another type
      const other: ParameterInput<{ a: 'date' }> = { a: '2024-02-29' }
      // @ts-expect-error a name that is not declared
      const extra: ParameterInput<{ a: 'long' }> = { a: 1, b: 2 }
      return [missing, other, extra]
    }
    expectTypeOf(wrong).toBeFunction()
    expectTypeOf<FitsShape<{ a: { type: 'long'; required: true; default: 5 } }>>().toEqualTypeOf<
      DoesNotFit<'the parameter "a" has a default: it cannot be required'>
    >()
    expectTypeOf<FitsShape<{ a: { type: 'long'; required: true } }>>().toEqualTypeOf<unknown>()
    expectTypeOf<FitsShape<ParameterShape>>().toEqualTypeOf<unknown>()
  })
})

describe('the types of an environment variable', () => {
  it('let a start leave the parameter out, and give it to the job', () => {
    const infer = () =>
      job('x', {
        parameters: {
          region: { type: 'string', env: 'REGION' },
          zone: { type: 'string', env: 'ZONE', required: false },
          limit: { type: 'long', env: 'LIMIT', default: 5 },
        },
      })
    expectTypeOf<ReturnType<typeof infer>['values']>().toEqualTypeOf<{
      readonly region: string
      readonly limit: number
      readonly zone?: string | undefined
    }>()
    expectTypeOf<ReturnType<typeof infer>['input']>().toEqualTypeOf<{
      readonly region?: string | undefined
      readonly zone?: string | undefined
      readonly limit?: number | undefined
    }>()
  })
})

describe('the types of a secret', () => {
  it('are those of its values; it must be given unless it comes from the environment', () => {
    const infer = () =>
      job('x', {
        parameters: { token: { type: 'string', secret: true }, key: { type: 'string', secret: true, env: 'KEY' } },
      })
    expectTypeOf<ReturnType<typeof infer>['values']>().toEqualTypeOf<{ readonly token: string; readonly key: string }>()
    expectTypeOf<ReturnType<typeof infer>['input']>().toEqualTypeOf<{
      readonly token: string
      readonly key?: string | undefined
    }>()
  })

  it('refuse an identifying one, and say so', () => {
    types(() => [
      realJob('x', { parameters: { token: { type: 'string', secret: true, identifying: false } } }),
      // @ts-expect-error a secret is never identifying
      realJob('x', { parameters: { token: { type: 'string', secret: true, identifying: true } } }),
    ])
    expectTypeOf<
      FitsShape<{ day: 'date'; token: { type: 'string'; secret: true; identifying: true } }>
    >().toEqualTypeOf<DoesNotFit<'the parameter "token" is secret: it cannot be identifying'>>()
  })
})

describe('the types of listed values', () => {
  it('are their union, in values and in a start', () => {
    const infer = () =>
      job('x', {
        parameters: {
          region: { type: 'string', oneOf: ['EU', 'US'] },
          size: { type: 'long', oneOf: [1, 10], default: 1 },
        },
      })
    expectTypeOf<ReturnType<typeof infer>['values']>().toEqualTypeOf<{
      readonly region: 'EU' | 'US'
      readonly size: 1 | 10
    }>()
    expectTypeOf<ReturnType<typeof infer>['input']>().toEqualTypeOf<{
      readonly region: 'EU' | 'US'
      readonly size?: 1 | 10 | undefined
    }>()
    const regions: readonly string[] = []
    const wide = () => job('x', { parameters: { region: { type: 'string', oneOf: regions } } })
    expectTypeOf<ReturnType<typeof wide>['values']>().toEqualTypeOf<{ readonly region: string }>()
  })

  it('refuse a default that is not listed, and say so', () => {
    types(() => [
      realJob('x', { parameters: { region: { type: 'string', oneOf: ['EU', 'US'], default: 'US' } } }),
      // @ts-expect-error not listed
      realJob('x', { parameters: { region: { type: 'string', oneOf: ['EU', 'US'], default: 'AP' } } }),
      // @ts-expect-error values of another type
      realJob('x', { parameters: { region: { type: 'string', oneOf: [1, 2] } } }),
    ])
    expectTypeOf<
      FitsShape<{ region: { type: 'string'; oneOf: readonly ['EU', 'US']; default: 'AP' } }>
    >().toEqualTypeOf<DoesNotFit<'the default of the parameter "region" is not among its oneOf'>>()
    expectTypeOf<FitsShape<{ region: { type: 'string'; oneOf: readonly ['EU'] } }>>().toEqualTypeOf<unknown>()
  })

  it('let a step read the union, and refuse one that reads less', () => {
    const reads = chunkStep('reads', {
      chunkSize: 1,
      reader: ({ parameters }: StepContext<{ region: 'EU' | 'US' }>) => [parameters.region],
      writer: () => undefined,
    })
    types(() => [
      realJob('x', { parameters: { region: { type: 'string', oneOf: ['EU', 'US'] } } }).start(reads),
      // @ts-expect-error there may be others
      realJob('x', { parameters: { region: { type: 'string', oneOf: ['EU', 'US', 'AP'] } } }).start(reads),
      // @ts-expect-error there may be others
      realJob('x', { parameters: { region: 'string' } }).start(reads),
    ])
  })
})

describe('the types of validators', () => {
  it('give a function the value of its parameter, and one for all the values', () => {
    types(() =>
      realJob('x', {
        parameters: {
          from: 'date',
          to: 'date',
          max: {
            type: 'long',
            default: 5,
            validate: (value) => {
              expectTypeOf(value).toEqualTypeOf<number>()
              return value > 0 || 'must be positive'
            },
          },
        },
        validate: (values) => {
          expectTypeOf(values.from).toEqualTypeOf<Date>()
          expectTypeOf(values.max).toEqualTypeOf<number>()
          return values.from < values.to || 'from must be before to'
        },
      }).start(step),
    )
  })

  it('take a Standard Schema, and nothing that is neither', () => {
    const schema = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as const
    types(() => [
      realJob('x', { parameters: { mail: { type: 'string', validate: schema } }, validate: schema }),
      // @ts-expect-error no validator
      realJob('x', { parameters: { mail: { type: 'string', validate: 'email' } } }),
      // @ts-expect-error asynchronous
      realJob('x', { parameters: { mail: { type: 'string', validate: async () => true } } }),
      // @ts-expect-error no validator
      realJob('x', { validate: {} }),
      realJob('x', {
        parameters: { a: 'long' },
        incrementer: new RunIdIncrementer(),
        validate: (values) => values['run.id'] !== values.a || 'no',
      }),
      // @ts-expect-error a parameter that is not declared
      realJob('x', { parameters: { a: 'long' }, validate: ({ b }) => b === 1 || 'no' }),
    ])
  })
})

describe('the types of incrementers', () => {
  it('add the parameter that is counted, which need not be given', () => {
    const infer = () => realJob('x', { parameters: { day: 'date' }, incrementer: new RunIdIncrementer() }).start(step)
    type Shape = ShapeOf<ReturnType<typeof infer>>
    expectTypeOf<ParameterInput<Shape>>().toEqualTypeOf<{
      readonly day: Date
      readonly 'run.id'?: number | undefined
    }>()
    const named = () => realJob('x', { incrementer: new RunIdIncrementer({ name: 'no' }) }).start(step)
    expectTypeOf<ParameterValues<ShapeOf<ReturnType<typeof named>>>>().toEqualTypeOf<{
      readonly no?: number | undefined
    }>()
  })

  it('leave alone what the job declares itself, and refuse another type', () => {
    const infer = () =>
      realJob('x', { parameters: { 'run.id': 'long' }, incrementer: new RunIdIncrementer() }).start(step)
    expectTypeOf<ParameterValues<ShapeOf<ReturnType<typeof infer>>>>().toEqualTypeOf<{ readonly 'run.id': number }>()
    types(() => [
      // @ts-expect-error it is counted as a long
      realJob('x', { parameters: { 'run.id': 'string' }, incrementer: new RunIdIncrementer() }),
    ])
    expectTypeOf<FitsIncrementer<{ n: 'string' }, { n: { type: 'long' } }>>().toEqualTypeOf<
      DoesNotFit<'the parameter "n" is declared with another type than the incrementer gives it'>
    >()
  })

  it('type a function by the parameters of the job', () => {
    types(() => [
      realJob('x', {
        parameters: { n: 'long', token: { type: 'string', secret: true } },
        incrementer: (last) => {
          expectTypeOf(last?.n).toEqualTypeOf<number | undefined>()
          return { n: (last?.n ?? 0) + 1 }
        },
      }),
      // @ts-expect-error of another type
      realJob('x', { parameters: { n: 'long' }, incrementer: () => ({ n: '1' }) }),
      // @ts-expect-error no incrementer
      realJob('x', { incrementer: {} }),
      // @ts-expect-error no incrementer
      realJob('x', { incrementer: 'run.id' }),
    ])
  })

  it('let startNext give any of the parameters, and no others', () => {
    const counted = realJob('x', { parameters: { day: 'localDate' }, incrementer: new RunIdIncrementer() })
      .start(step)
      .build()
    types(() => [
      operator.startNext(counted),
      operator.startNext(counted, { day: '2024-02-29' }),
      operator.startNext(counted, { 'run.id': 7 }),
      operator.startNext('by name', { anything: 1 }),
      // @ts-expect-error of another type
      operator.startNext(counted, { day: new Date() }),
      // @ts-expect-error there is no such parameter
      operator.startNext(counted, { other: 1 }),
    ])
    expectTypeOf<ReturnType<typeof operator.startNext>>().toEqualTypeOf<Promise<JobHandle>>()
  })
})

it('parameters from text are what a start takes', () => {
  const dated = realJob('x', { parameters: { day: 'localDate' } })
    .start(step)
    .build()
  types(() => [
    operator.start(dated, parseParameters(dated, [])),
    operator.startNext(dated, parseParameters(dated, [])),
    operator.restart(1, { parameters: parseParameters(dated, []) }),
    operator.start('x', parseParameters(dated, [])),
  ])
})
