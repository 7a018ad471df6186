import { chunkStep, job, type JobExecution, type JobHandle, type JobOperator } from 'chunkwise'
import { runJob, runStep } from 'chunkwise/testing'
import { describe, expectTypeOf, it } from 'vitest'

declare const operator: JobOperator
const step = chunkStep('a', { chunkSize: 1, reader: [1], writer: () => undefined })
const none = job('none').start(step).build()
const required = job('required', { parameters: { day: 'localDate', max: { type: 'long', required: false } } })
  .start(step)
  .build()
const optional = job('optional', { parameters: { max: { type: 'long', default: 5 } } })
  .start(step)
  .build()
/** Code that is compiled, and never run. */
const types = (code: () => unknown): void => {
  expectTypeOf(code).toBeFunction()
}

describe('the types of a start', () => {
  it('give a handle, run the execution', () => {
    expectTypeOf<ReturnType<typeof operator.start>>().toEqualTypeOf<Promise<JobHandle>>()
    expectTypeOf<ReturnType<typeof operator.run>>().toEqualTypeOf<Promise<JobExecution>>()
  })

  it('ask for parameters where there are any that must be given', () => {
    types(() => [
      operator.start(required, { day: '2025-12-21' }),
      operator.run(required, { day: '2025-12-21', max: 3 }),
      operator.run(required, { day: '2025-12-21', max: undefined }),
      operator.start(none),
      operator.start(none, {}),
      operator.run(optional),
      operator.run(optional, { max: 3 }),
      runJob(required, { day: '2025-12-21' }),
      runJob(optional),
      operator.start('by name', { anything: 1 }),
      operator.start('by name'),
    ])
  })

  it('refuse what the job does not declare', () => {
    types(() => [
      // @ts-expect-error day is missing
      operator.start(required),
      // @ts-expect-error day is missing
      operator.run(required, { max: 3 }),
      // @ts-expect-error of another type
      operator.start(required, { day: new Date() }),
      // @ts-expect-error there is no such parameter
      operator.start(required, { day: '2025-12-21', other: 1 }),
      // @ts-expect-error the job has none
      operator.start(none, { day: '2025-12-21' }),
      // @ts-expect-error of another type
      operator.run(optional, { max: '3' }),
      // @ts-expect-error day is missing
      runJob(required, {}),
      // @ts-expect-error a builder is no job
      operator.start(job('open').start(step)),
    ])
  })

  it('let a test give a step its parameters', () => {
    const dated = chunkStep('dated', {
      chunkSize: 1,
      reader: ({ parameters }: { parameters: { day: Date } }) => [parameters.day],
      writer: () => undefined,
    })
    types(() => [
      runStep(dated, { parameters: { day: new Date() } }),
      // @ts-expect-error of another type
      runStep(dated, { parameters: { day: 'today' } }),
    ])
  })
})
