import { describe, expect, it } from 'vitest'
import { InvalidParametersError } from '../../src/domain/invalid-parameters-error.js'
import { parameterValues } from '../../src/domain/job-parameters.js'
import type { ParameterShape } from '../../src/domain/parameter-shape.js'
import { resolveParameters } from '../../src/domain/resolve-parameters.js'

function refusal(shape: ParameterShape, input: unknown): InvalidParametersError {
  try {
    resolveParameters('load', shape, input)
  } catch (error) {
    if (error instanceof InvalidParametersError) return error
    throw error
  }
  throw new Error('the parameters were accepted')
}

describe('resolveParameters', () => {
  it('values, defaults and flags come together', () => {
    const before = new Date('2025-12-21')
    const shape = {
      before: 'date',
      dryRun: { type: 'boolean', identifying: false, default: false },
      note: { type: 'string', required: false },
    } as const
    const parameters = resolveParameters('load', shape, { before, note: undefined })
    expect([...parameters]).toEqual([
      ['before', { type: 'date', value: before, identifying: true }],
      ['dryRun', { type: 'boolean', value: false, identifying: false }],
    ])
  })

  it('a Date that is changed afterwards changes nothing', () => {
    const before = new Date(0)
    const parameters = resolveParameters('load', { before: 'date' }, { before })
    before.setTime(1)
    ;(parameterValues(parameters)['before'] as Date).setTime(2)
    expect(parameters.get('before')?.value).toEqual(new Date(0))
  })

  it('all problems are told at once, with names and values', () => {
    const error = refusal(
      { before: 'date', count: 'long', ratio: 'double' },
      { before: '2025-12-21', ratio: Number.NaN, coun: 5 },
    )
    expect(error.code).toBe('BATCH_INVALID_PARAMETERS')
    expect(error.jobName).toBe('load')
    expect(error.problems.map(({ name, value }) => [name, value])).toEqual([
      ['before', '2025-12-21'],
      ['count', undefined],
      ['ratio', Number.NaN],
      ['coun', 5],
    ])
    expect(error.message).toBe(
      'the parameters of job "load" are not valid: ' +
        '"before" is "2025-12-21", but must be a valid Date, e.g. new Date(\'2024-02-29\'); ' +
        '"count" is missing: give a whole number within ±(2^53 - 1); ' +
        '"ratio" is NaN, but must be a finite number; ' +
        '"coun" is 5, but must be left out: the job does not declare it. Did you mean "count"?',
    )
  })

  it.each([
    ['string', 5],
    ['string', 'a\0b'],
    ['string', '\uD800'],
    ['string', 'x'.repeat(2501)],
    ['long', 1.5],
    ['long', 2 ** 53],
    ['long', '5'],
    ['long', 5n],
    ['bigint', 5],
    ['bigint', 10n ** 2500n],
    ['double', Number.POSITIVE_INFINITY],
    ['boolean', 'true'],
    ['date', new Date(Number.NaN)],
    ['date', 0],
    ['localDate', '2023-02-29'],
    ['localDate', new Date()],
    ['localDateTime', '2024-02-29 10:00'],
    ['localTime', '25:00'],
    ['string', null],
  ] as const)('a %s is not %o', (type, value) => {
    const { problems } = refusal({ p: type }, { p: value })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ name: 'p', value })
    expect(problems[0]?.message).toMatch(/^must be /)
  })

  it('null does not stand for a default', () => {
    expect(refusal({ n: { type: 'long', default: 5 } }, { n: null }).problems[0]?.value).toBeNull()
  })

  it.each([[null], [[]], ['before=1'], [new Map()], [5]])('%o is no set of parameters', (input) => {
    expect(refusal({}, input).message).toContain('must be a plain object')
  })

  it('no parameter is taken where none is declared', () => {
    expect(resolveParameters('load', {}).size).toBe(0)
    expect(refusal({}, { x: 1 }).message).toContain('the job declares no parameters')
    expect(refusal({}, JSON.parse('{"__proto__":1}')).problems[0]?.name).toBe('__proto__')
    expect(refusal({ a: 'long' }, { a: 1, zzzzzz: 1 }).message).toContain('the job declares a')
    expect(refusal({}, { ['x'.repeat(101)]: 1 }).message).toContain('at most 100 characters')
  })

  it('what objects inherit is not a value', () => {
    const { problems } = refusal({ constructor: 'string', ['__proto__']: 'string' } as const, {})
    expect(problems.map(({ message }) => message)).toEqual(['is missing: give a string', 'is missing: give a string'])
  })

  it('values are seen without a prototype, and frozen', () => {
    const values = parameterValues(
      resolveParameters('load', { ['__proto__']: 'string' }, JSON.parse('{"__proto__":"x"}')),
    )
    expect(Object.getPrototypeOf(values)).toBeNull()
    expect(Object.entries(values)).toEqual([['__proto__', 'x']])
    expect(Object.isFrozen(values)).toBe(true)
  })

  it('zero has no sign in a whole number', () => {
    const parameters = resolveParameters('load', { n: 'long' }, { n: -0 })
    expect(Object.is(parameters.get('n')?.value, 0)).toBe(true)
  })
})
