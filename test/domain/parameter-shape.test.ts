import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../../src/domain/option-error.js'
import { defineParameters, type ParameterShape } from '../../src/domain/parameter-shape.js'

const define = (shape: unknown): ReturnType<typeof defineParameters> =>
  defineParameters('job("load").parameters', shape as ParameterShape)

describe('defineParameters', () => {
  it('a type alone is required and identifying', () => {
    expect(define({ before: 'date' }).get('before')).toEqual({
      type: 'date',
      required: true,
      identifying: true,
      default: undefined,
    })
  })

  it('what has a default is not required', () => {
    const declared = define({ n: { type: 'long', default: 5 }, s: { type: 'string', required: false } })
    expect(declared.get('n')).toEqual({ type: 'long', required: false, identifying: true, default: 5 })
    expect(declared.get('s')).toEqual({ type: 'string', required: false, identifying: true, default: undefined })
  })

  it.each([
    [{ before: 'dat' }, 'job("load").parameters.before', "must be one of 'string', 'long'"],
    [{ before: { type: 'text' } }, 'job("load").parameters.before.type', 'but is "text"'],
    [{ before: { type: 'date', requird: false } }, 'job("load").parameters.before.requird', 'must be "required"'],
    [{ before: { type: 'date', required: 'yes' } }, 'job("load").parameters.before.required', 'true or false'],
    [{ n: { type: 'long', default: '5' } }, 'job("load").parameters.n.default', 'a whole number'],
    [{ n: { type: 'long', default: 5, required: true } }, 'job("load").parameters.n.required', 'left out or false'],
    [{ n: null }, 'job("load").parameters.n.options', 'an object'],
    [{ 'a=b': 'string' }, 'job("load").parameters', 'without "="'],
    [{ '': 'string' }, 'job("load").parameters', 'names of 1 to 100 characters'],
    [{ ['x'.repeat(101)]: 'string' }, 'job("load").parameters', 'names of 1 to 100 characters'],
    [['date'], 'job("load").parameters', 'an object'],
    [null, 'job("load").parameters', 'an object'],
  ])('the shape %j is refused', (shape, option, message) => {
    let thrown: unknown
    try {
      define(shape)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(InvalidOptionError)
    expect((thrown as InvalidOptionError).option).toBe(option)
    expect((thrown as Error).message).toContain(message)
  })

  it('a parameter may have the name of what objects inherit', () => {
    const declared = define({ ['__proto__']: 'string', constructor: 'long' })
    expect([...declared.keys()]).toEqual(['__proto__', 'constructor'])
  })
})
