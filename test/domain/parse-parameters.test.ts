import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParametersError } from '../../src/domain/invalid-parameters-error.js'
import { javaType, parameterToText } from '../../src/domain/java-parameter.js'
import { parameterValues } from '../../src/domain/job-parameters.js'
import { parseParameters, parseParameterText } from '../../src/domain/parse-parameters.js'
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

function refusal(run: () => unknown): InvalidParametersError {
  try {
    run()
  } catch (error) {
    if (error instanceof InvalidParametersError) return error
    throw error
  }
  throw new Error('the texts were accepted')
}

describe("Spring Batch's notation", () => {
  const declared = {
    'schedule.date': { type: 'localDate', required: false },
    'run.id': { type: 'long', required: false },
    note: { type: 'string', identifying: false, required: false },
    query: { type: 'string', required: false },
  } as const
  const job = { name: 'load', parameters: declared }

  it.each([
    ['schedule.date=2024-02-29,java.time.LocalDate,true', { 'schedule.date': '2024-02-29' }],
    ['schedule.date=2024-02-29,java.time.LocalDate', { 'schedule.date': '2024-02-29' }],
    ['run.id=7,java.lang.Long,true', { 'run.id': 7 }],
    ['note=a, b,java.lang.String,false', { note: 'a, b' }],
    ['query=,java.lang.String,true', { query: '' }],
    ['query=a\nb,java.lang.String,true', { query: 'a\nb' }],
    ['query=x,java.lang.String,true,java.lang.String,true', { query: 'x,java.lang.String,true' }],
  ])('%j is read', (text, values) => {
    expect(parseParameters(job, [text])).toEqual(values)
  })

  it.each([
    'a,b,c',
    'a,java.lang.String,yes',
    'a,java.lang.String, true',
    'a, java.lang.String,true',
    'a,java.lang.String,true ',
    'a,java.lang.string,true',
    'a,String,true',
    'a,com.example.Money,true',
    'java.lang.String,true',
    'a,true',
    ',',
  ])('%j is a value with commas', (value) => {
    expect(parseParameters(job, [`query=${value}`])).toEqual({ query: value })
  })

  it('that contradicts the declaration is told', () => {
    const texts = [
      'schedule.date=2024-02-29,java.util.Date,true',
      'run.id=7,java.lang.Integer,false',
      'note=x,java.lang.String,true',
    ]
    expect(refusal(() => parseParameters(job, texts)).message).toBe(
      'the parameters of job "load" are not valid: ' +
        '"schedule.date" is "2024-02-29,java.util.Date,true", but must be written as java.time.LocalDate, not as java.util.Date: the job declares it localDate; ' +
        '"run.id" is "7,java.lang.Integer,false", but must be written as java.lang.Long, not as java.lang.Integer: the job declares it long; ' +
        '"run.id" is "7,java.lang.Integer,false", but must not say false at its end: the job declares it identifying; ' +
        '"note" is "x,java.lang.String,true", but must not say true at its end: the job declares it not identifying',
    )
  })

  it('gives every value that has been stored', () => {
    fc.assert(
      fc.property(anyParameter, ({ type, value }) => {
        const parameters = { p: { type } } as const
        const given = resolveParameters('load', parameters, { p: value })
        const parameter = given.get('p')
        if (parameter === undefined) throw new Error('p is lost')
        const texts = [`p=${parameterToText(parameter)},${javaType(type)},true`]
        expect(resolveParameters('load', parameters, parseParameters({ name: 'load', parameters }, texts))).toEqual(
          given,
        )
      }),
    )
  })
})

describe('parseParameters', () => {
  it('gives what was given, and leaves the rest to the start', () => {
    const job = { name: 'load', parameters: shape }
    expect(parseParameters(job, ['n=5'])).toEqual({ n: 5 })
    expect(parseParameters(job, ['nn=5'])).toEqual({ nn: '5' })
    expect(refusal(() => parseParameters(job, ['n=x', 'dry=yes', 'n=5'])).problems).toHaveLength(3)
    expect(Object.keys(parseParameters({ name: 'load', parameters: {} }, ['__proto__=x']))).toEqual(['__proto__'])
  })

  it('masks secrets, also those that are badly written', () => {
    const secret = { name: 'load', parameters: { pin: { type: 'long', secret: true } } } as const
    const texts = ['pin=hunter2', 'pin:hunter2', 'pin=hunter2', 'pin=hunter2,java.lang.String,true']
    for (const parse of [
      parseParameters,
      ({ name, parameters }: typeof secret) => parseParameterText(name, parameters, texts),
    ]) {
      const error = refusal(() => parse(secret, texts))
      expect(error.message + JSON.stringify(error)).not.toContain('hunter2')
      expect(error.message).toContain('"pin" is "***", but must be a whole number')
      expect(error.message).toContain('"text 2" is "***", but must be written as name=value')
    }
    const mistyped = refusal(() => parseParameterText('load', secret.parameters, ['pn=hunter2']))
    expect(mistyped.message).not.toContain('hunter2')
  })
})
