import {
  chunkStep,
  type DoesNotFit,
  type FitsName,
  type FitsParameters,
  job,
  type Job,
  type StepContext,
} from 'chunkwise'
import { describe, expectTypeOf, it } from 'vitest'

const plain = chunkStep('plain', { chunkSize: 1, reader: [1], writer: () => undefined })
const dated = chunkStep('dated', {
  chunkSize: 1,
  reader: ({ parameters }: StepContext<{ before: Date }>) => [parameters.before],
  writer: () => undefined,
})
/** Code that is compiled, and never run. */
const types = (code: () => unknown): void => {
  expectTypeOf(code).toBeFunction()
}

describe('the types of a job', () => {
  it('carry its parameters', () => {
    const made = job('a', { parameters: { before: 'date', max: { type: 'long', default: 5 } } })
      .start(dated)
      .next(plain)
      .build()
    expectTypeOf(made).toExtend<Job<{ before: 'date'; max: { type: 'long'; default: 5 } }>>()
    expectTypeOf(made.parameters.before).toEqualTypeOf<'date'>()
  })

  it('let a step read fewer parameters than the job declares, or a step that reads none anywhere', () => {
    types(() => [
      job('b').start(plain).build(),
      job('c', { parameters: { before: 'date', other: 'string' } })
        .start(plain)
        .next(dated)
        .build(),
    ])
  })

  it('refuse a step that reads what the job does not declare, and say so', () => {
    types(() => [
      // @ts-expect-error the job declares no parameters
      job('d').start(dated),
      // @ts-expect-error of another type
      job('e', { parameters: { before: 'string' } }).start(dated),
      // @ts-expect-error it may be missing
      job('f', { parameters: { before: { type: 'date', required: false } } }).start(dated),
      // @ts-expect-error also for a later step
      job('g').start(plain).next(dated),
    ])
    expectTypeOf<FitsParameters<Record<never, never>, { before: Date }>>().toEqualTypeOf<
      DoesNotFit<'the step reads the parameter "before", which the job does not declare with that type'>
    >()
    expectTypeOf<
      FitsParameters<{ readonly before: string; readonly max: number }, { before: Date; max: number }>
    >().toEqualTypeOf<
      DoesNotFit<'the step reads the parameter "before", which the job does not declare with that type'>
    >()
    expectTypeOf<FitsParameters<{ readonly before: Date }, { before: Date }>>().toEqualTypeOf<unknown>()
  })

  it('refuse two steps of one name, and say so', () => {
    types(() => [
      // @ts-expect-error the job has it already
      job('h').start(plain).next(plain),
      job('i', { parameters: { before: 'date' } })
        .start(plain)
        .next(dated)
        // @ts-expect-error also when it is not the last
        .next(plain),
    ])
    expectTypeOf<FitsName<'a' | 'b', 'b'>>().toEqualTypeOf<DoesNotFit<'the job already has a step named "b"'>>()
    expectTypeOf<FitsName<'a' | 'b', 'c'>>().toEqualTypeOf<unknown>()
    expectTypeOf<FitsName<'a', string>>().toEqualTypeOf<unknown>()
  })

  it('know no job without a step', () => {
    types(() => [
      // @ts-expect-error a job has at least one step
      job('j').build(),
      // @ts-expect-error the first step is begun with start
      job('k').next(plain),
    ])
  })
})
