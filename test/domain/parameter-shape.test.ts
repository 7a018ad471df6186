import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../../src/domain/option-error.js'
import { defineParameters } from '../../src/domain/define-parameters.js'
import type { ParameterShape } from '../../src/domain/parameter-shape.js'

const define = (shape: unknown): ReturnType<typeof defineParameters> =>
  defineParameters('job("load").parameters', shape as ParameterShape)

describe('defineParameters', () => {
  it('a type alone is required and identifying', () => {
    expect(define({ before: 'date' }).get('before')).toEqual({
      type: 'date',
      required: true,
      identifying: true,
      secret: false,
      default: undefined,
    })
  })

  it('what has a default is not required', () => {
    const declared = define({ n: { type: 'long', default: 5 }, s: { type: 'string', required: false } })
    expect(declared.get('n')).toMatchObject({ type: 'long', required: false, identifying: true, default: 5 })
    expect(declared.get('s')).toMatchObject({ type: 'string', required: false, identifying: true, default: undefined })
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
    [{ t: { type: 'string', secret: 'yes' } }, 'job("load").parameters.t.secret', 'true or false'],
    [{ t: { type: 'string', secret: true, identifying: true } }, 'job("load").parameters.t.identifying', 'is secret'],
    [{ r: { type: 'string', env: '' } }, 'job("load").parameters.r.env', 'an environment variable'],
    [{ r: { type: 'string', env: 'A=B' } }, 'job("load").parameters.r.env', 'an environment variable'],
    [{ r: { type: 'string', env: 5 } }, 'job("load").parameters.r.env', 'an environment variable'],
    [{ r: { type: 'string', oneOf: [] } }, 'job("load").parameters.r.oneOf', 'one value or more'],
    [{ r: { type: 'string', oneOf: 'EU' } }, 'job("load").parameters.r.oneOf', 'an array'],
    [{ r: { type: 'string', oneOf: ['EU', 1] } }, 'job("load").parameters.r.oneOf[1]', 'a string, but is 1'],
    [{ r: { type: 'string', oneOf: ['EU'], default: 'US' } }, 'job("load").parameters.r.default', 'one of its oneOf'],
    [{ r: { type: 'string', validate: 'email' } }, 'job("load").parameters.r.validate', 'a Standard Schema'],
    [{ r: { type: 'string', validate: {} } }, 'job("load").parameters.r.validate', 'a Standard Schema'],
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

  it('a secret is not identifying, and its default is not shown', () => {
    expect(define({ token: { type: 'string', secret: true } }).get('token')).toMatchObject({
      required: true,
      identifying: false,
      secret: true,
    })
    const wrong = { type: 'long', secret: true, default: 'hunter2' }
    expect(() => define({ pin: wrong })).toThrow('but is "***"')
    expect(() => define({ pin: { type: 'long', secret: true, oneOf: ['hunter2'] } })).toThrow('but is "***"')
  })

  it('listed values are kept in their one spelling', () => {
    const times = define({ at: { type: 'localTime', oneOf: ['10:00:00', '11:30'], default: '10:00' } }).get('at')
    expect(times).toMatchObject({ oneOf: ['10:00', '11:30'], default: '10:00' })
  })

  it('a parameter may have the name of what objects inherit', () => {
    const declared = define({ ['__proto__']: 'string', constructor: 'long' })
    expect([...declared.keys()]).toEqual(['__proto__', 'constructor'])
  })
})
