import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParametersError } from '../../src/domain/invalid-parameters-error.js'
import { parameterToText } from '../../src/domain/java-parameter.js'
import { parameterValues } from '../../src/domain/job-parameters.js'
import { parseParameterText } from '../../src/domain/parse-parameters.js'
import { resolveParameters } from '../../src/domain/resolve-parameters.js'
import { anyParameter } from './any-parameter.js'

const shape = {
  before: 'date',
  n: { type: 'long', required: false },
  big: { type: 'bigint', required: false },
  ratio: { type: 'double', required: false },
  dry: { type: 'boolean', default: false },
  query: { type: 'string', required: false },
} as const

describe('parseParameterText', () => {
  it('texts are typed by the shape', () => {
    const texts = ['before=2025-12-21', 'n=+5', 'big=-90071992547409931', 'ratio=.5e1', 'dry=true', 'query=a=b&c=']
    expect({ ...parameterValues(parseParameterText('load', shape, texts)) }).toEqual({
      before: new Date('2025-12-21T00:00:00Z'),
      n: 5,
      big: -90071992547409931n,
      ratio: 5,
      dry: true,
      query: 'a=b&c=',
    })
  })

  it('a string may be empty', () => {
    const parameters = parseParameterText('load', { query: 'string' }, ['query='])
    expect(parameters.get('query')?.value).toBe('')
  })

  it('every text that does not fit is told, once', () => {
    const texts = ['before=2025-02-30', 'n=1e3', 'ratio=NaN', 'dry=yes', 'big=', 'quer=x', 'loose', '=x', 'n=5']
    let thrown: unknown
    try {
      parseParameterText('load', shape, texts)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(InvalidParametersError)
    const { problems } = thrown as InvalidParametersError
    expect(problems.map(({ name, value }) => `${name}:${String(value)}`)).toEqual([
      'before:2025-02-30',
      'n:1e3',
      'ratio:NaN',
      'dry:yes',
      'big:',
      'loose:loose',
      '=x:=x',
      'n:5',
      'quer:x',
    ])
    expect((thrown as Error).message).toContain('Did you mean "query"?')
    expect((thrown as Error).message).toContain('"loose" is "loose", but must be written as name=value')
  })

  it('a name given twice is refused', () => {
    const twice = (): unknown => parseParameterText('load', { n: 'long' }, ['n=1', 'n=2'])
    expect(twice).toThrow('the parameters of job "load" are not valid: "n" is "2", but must be given once')
  })

  it('what is missing is told as it is for values', () => {
    expect(() => parseParameterText('load', shape, [])).toThrow('"before" is missing')
  })

  it('every value comes back from its text', () => {
    fc.assert(
      fc.property(anyParameter, ({ type, value }) => {
        const given = resolveParameters('load', { p: type }, { p: value })
        const parameter = given.get('p')
        if (parameter === undefined) throw new Error('p is lost')
        const texts = [`p=${parameterToText(parameter)}`]
        expect([...parseParameterText('load', { p: type }, texts)]).toEqual([...given])
      }),
    )
  })
})
