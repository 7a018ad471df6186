import { chunkStep, InvalidOptionError, job, type JobParametersIncrementer, RunIdIncrementer } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { incremented } from '../../src/domain/job-parameters-incrementer.js'

const step = chunkStep('a', { chunkSize: 1, reader: [1], writer: () => undefined })

describe('RunIdIncrementer', () => {
  it('counts from 1, and leaves the other parameters as they are', () => {
    const incrementer = new RunIdIncrementer()
    expect(incrementer.next(undefined)).toEqual({ 'run.id': 1 })
    expect(incrementer.next({ day: '2024-02-29' })).toEqual({ day: '2024-02-29', 'run.id': 1 })
    expect(incrementer.next({ day: '2024-02-29', 'run.id': 41 })).toEqual({ day: '2024-02-29', 'run.id': 42 })
    expect(new RunIdIncrementer({ name: 'no' }).next({ no: 1 })).toEqual({ no: 2 })
  })

  it('refuses to count what is no whole number', () => {
    expect(() => new RunIdIncrementer().next({ 'run.id': '7' })).toThrow(
      'the parameter "run.id" of the last run must be a whole number, but is "7"',
    )
  })

  it.each([
    [{ name: '' }, 'RunIdIncrementer.name'],
    [{ name: 'x'.repeat(101) }, 'RunIdIncrementer.name'],
    [{ nam: 'x' }, 'RunIdIncrementer.nam'],
  ])('refuses the options %j', (options, option) => {
    expect(() => new RunIdIncrementer(options as object)).toThrow(option)
  })
})

describe('a job with an incrementer', () => {
  it('has its parameters, unless it declares them itself', () => {
    const counted = job('x', { parameters: { day: 'date' }, incrementer: new RunIdIncrementer() })
      .start(step)
      .build()
    expect(counted.parameters).toEqual({ day: 'date', 'run.id': { type: 'long', required: false } })
    const own = { 'run.id': { type: 'long', default: 7 } } as const
    const declared = job('x', { parameters: own, incrementer: new RunIdIncrementer() }).start(step).build()
    expect(declared.parameters).toEqual(own)
  })

  it('refuses a declaration of another type', () => {
    const wrong = (): unknown =>
      job('x', { parameters: { 'run.id': 'string' }, incrementer: new RunIdIncrementer() } as object)
    expect(wrong).toThrow(
      'job("x").parameters.run.id must be of the type that the incrementer gives it, long, but is "string"',
    )
  })

  it.each([null, 5, 'run.id', {}])('refuses %j as one', (incrementer) => {
    expect(() => job('x', { incrementer } as object)).toThrow('job("x").incrementer must be an incrementer')
  })

  it.each([null, 5, {}, 'from < to'])('refuses %j as a validator', (validate) => {
    expect(() => job('x', { validate } as object)).toThrow('job("x").validate must be a function, or a Standard Schema')
  })
})

it.each([
  ['nothing', () => undefined],
  ['null', () => null],
  ['a list', () => []],
  ['a number', () => 5],
  ['a promise', () => Promise.resolve({})],
  ['a promise that rejects', () => Promise.reject(new Error('late'))],
])('an incrementer that returns %s is a typed error', (_, next) => {
  const incrementer = { next } as unknown as JobParametersIncrementer
  expect(() => incremented('job("x").incrementer', incrementer, undefined)).toThrow(InvalidOptionError)
})
