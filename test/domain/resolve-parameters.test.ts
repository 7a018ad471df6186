import { afterEach, describe, expect, it, vi } from 'vitest'
import { jobKey } from '../../src/domain/job-key.js'
import { InvalidOptionError } from '../../src/domain/option-error.js'
import { InvalidParametersError } from '../../src/domain/invalid-parameters-error.js'
import { parameterValues } from '../../src/domain/job-parameters.js'
import type { ParameterShape } from '../../src/domain/parameter-shape.js'
import { resolveParameters, type ResolveOptions } from '../../src/domain/resolve-parameters.js'
import { withoutSecrets } from '../../src/domain/secret-parameters.js'

function refusal(shape: ParameterShape, input: unknown, options: ResolveOptions = {}): InvalidParametersError {
  try {
    resolveParameters('load', shape, input, options)
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

afterEach(() => vi.unstubAllEnvs())

const values = (shape: ParameterShape, input: unknown = {}): unknown => ({
  ...parameterValues(resolveParameters('load', shape, input)),
})

/** A schema as a validation library makes one. */
const schema = (validate: (value: unknown) => unknown) => ({
  '~standard': { version: 1 as const, vendor: 'test', validate },
})

describe('a parameter from the environment', () => {
  const shape = {
    region: { type: 'string', env: 'CW_REGION', default: 'EU' },
    at: { type: 'date', env: 'CW_AT', required: false },
  } as const

  it('is what the caller gives, else the variable, else the default', () => {
    expect(values(shape)).toEqual({ region: 'EU' })
    vi.stubEnv('CW_REGION', 'US')
    vi.stubEnv('CW_AT', '2024-02-29')
    expect(values(shape)).toEqual({ region: 'US', at: new Date('2024-02-29T00:00:00Z') })
    expect(values(shape, { region: 'AP', at: undefined })).toEqual({ region: 'AP', at: new Date('2024-02-29') })
  })

  it('is read at each start, and is identifying like any other', () => {
    const parameters = ['US', 'EU'].map((region) => {
      vi.stubEnv('CW_REGION', region)
      return resolveParameters('load', shape)
    })
    expect(parameters.map((one) => one.get('region')?.value)).toEqual(['US', 'EU'])
    expect(new Set(parameters.map(jobKey)).size).toBe(2)
  })

  it('that is set to nothing is an empty text', () => {
    vi.stubEnv('CW_REGION', '')
    vi.stubEnv('CW_AT', '')
    const error = refusal(shape, {})
    expect(error.problems.map(({ name, value }) => [name, value])).toEqual([['at', '']])
    expect(error.message).toContain('or a day like 2024-02-29 (from the environment variable CW_AT)')
  })

  it('that is missing says which variable to set', () => {
    expect(refusal({ region: { type: 'string', env: 'CW_REGION' } }, {}).message).toContain(
      '"region" is missing: give a string, or set the environment variable CW_REGION',
    )
  })

  it('that does not fit says where it comes from', () => {
    vi.stubEnv('CW_N', '1.5')
    vi.stubEnv('CW_REGION', 'AP')
    const given = {
      n: { type: 'long', env: 'CW_N' },
      region: { type: 'string', env: 'CW_REGION', oneOf: ['EU'] },
    } as const
    expect(refusal(given, {}).message).toContain(
      '"n" is "1.5", but must be a whole number within ±(2^53 - 1) (from the environment variable CW_N); ' +
        '"region" is "AP", but must be one of "EU" (from the environment variable CW_REGION)',
    )
  })
})

describe('listed values', () => {
  it('are accepted in any spelling, and no others', () => {
    const shape = {
      region: { type: 'string', oneOf: ['EU', 'US'] },
      size: { type: 'long', oneOf: [1, 10], default: 1 },
      at: { type: 'localTime', oneOf: ['10:00'] },
      day: { type: 'date', oneOf: [new Date(0)] },
    } as const
    expect(values(shape, { region: 'US', at: '10:00:00', day: new Date(0) })).toEqual({
      region: 'US',
      size: 1,
      at: '10:00',
      day: new Date(0),
    })
    const error = refusal(shape, { region: 'eu', size: 2, at: '10:00:01', day: new Date(1) })
    expect(error.message).toContain(
      '"region" is "eu", but must be one of "EU", "US"; "size" is 2, but must be one of 1, 10;',
    )
    expect(error.problems.map(({ name }) => name)).toEqual(['region', 'size', 'at', 'day'])
  })

  it('are told where the value is missing', () => {
    const { message } = refusal({ region: { type: 'string', oneOf: ['EU', 'US'] } }, {})
    expect(message).toContain('"region" is missing: give one of "EU", "US"')
  })
})

describe('a validator', () => {
  const even = (value: number): true | string => value % 2 === 0 || 'must be even'

  it('of a parameter says what is wrong with it, after its type', () => {
    const shape = { n: { type: 'long', validate: even } } as const
    expect(values(shape, { n: 4 })).toEqual({ n: 4 })
    expect(refusal(shape, { n: 5 }).message).toContain('"n" is 5, but is not accepted: must be even')
    expect(refusal(shape, { n: '5' }).message).not.toContain('even')
  })

  it('may throw, return nothing, or say no', () => {
    const tell = (validate: (value: string) => unknown): ParameterShape => ({
      s: { type: 'string', validate: validate as () => void },
    })
    expect(
      values(
        tell(() => undefined),
        { s: 'x' },
      ),
    ).toEqual({ s: 'x' })
    const thrower = tell(() => {
      throw new Error('no x here')
    })
    expect(refusal(thrower, { s: 'x' }).message).toContain('is not accepted: no x here')
    expect(
      refusal(
        tell(() => false),
        { s: 'x' },
      ).message,
    ).toContain('its validator says no')
    expect(() =>
      values(
        tell(() => 5),
        { s: 'x' },
      ),
    ).toThrow(InvalidOptionError)
  })

  it('may be a Standard Schema, whose verdict alone counts', () => {
    const mail = schema((value) =>
      String(value).includes('@')
        ? { value: String(value).trim() }
        : { issues: [{ message: 'no @' }, { message: 'bad' }] },
    )
    const shape = { mail: { type: 'string', validate: mail } } as const
    expect(values(shape, { mail: ' a@b ' })).toEqual({ mail: ' a@b ' })
    expect(refusal(shape, { mail: 'x' }).problems.map(({ message }) => message)).toEqual([
      'is not accepted: no @',
      'is not accepted: bad',
    ])
    // ArkType's schemas are functions.
    const callable = Object.assign(() => 'not this way', mail)
    expect(refusal({ mail: { type: 'string', validate: callable } }, { mail: 'x' }).message).toContain('no @')
  })

  it('that answers with a promise is a typed error that names it, and nothing is left unhandled', () => {
    const late = (() => Promise.reject(new Error('late'))) as () => void
    for (const validate of [late, schema(() => Promise.reject(new Error('late')))]) {
      expect(() => values({ s: { type: 'string', validate } }, { s: 'x' })).toThrow(
        'job("load").parameters.s.validate must be a synchronous validator',
      )
      expect(() => resolveParameters('load', {}, {}, { validate })).toThrow(
        'job("load").validate must be a synchronous',
      )
    }
  })

  it('gets a Date of its own', () => {
    const parameters = resolveParameters(
      'load',
      { at: { type: 'date', validate: (at: Date) => void at.setTime(5) } },
      { at: new Date(0) },
    )
    expect(parameters.get('at')?.value).toEqual(new Date(0))
  })

  it('of the job sees all values, once each of them is right', () => {
    const seen: unknown[] = []
    const validate = (given: { from: number; to: number }): true | string => {
      seen.push({ ...given })
      return given.from < given.to || 'from must be less than to'
    }
    const shape = { from: 'long', to: { type: 'long', default: 10 } } as const
    expect(refusal(shape, { from: 'x' }, { validate }).problems).toHaveLength(1)
    expect(seen).toEqual([])
    const error = refusal(shape, { from: 11 }, { validate })
    expect(error.message).toBe('the parameters of job "load" are not valid: from must be less than to')
    expect(error.problems).toEqual([{ name: '', value: undefined, message: 'from must be less than to' }])
    expect(resolveParameters('load', shape, { from: 1 }, { validate }).size).toBe(2)
    expect(seen).toEqual([
      { from: 11, to: 10 },
      { from: 1, to: 10 },
    ])
  })

  it('of the job may be a Standard Schema, whose paths name parameters', () => {
    const validate = schema(() => ({
      issues: [
        { message: 'too late', path: ['from'] },
        { message: 'odd', path: [{ key: 'to' }] },
        { message: 'hm', path: ['x'] },
      ],
    }))
    const error = refusal({ from: 'long', to: 'long' }, { from: 1, to: 2 }, { validate })
    expect(error.message).toContain(
      '"from" is 1, but is not accepted: too late; "to" is 2, but is not accepted: odd; hm',
    )
  })
})

describe('a secret', () => {
  const shape = {
    day: 'localDate',
    token: { type: 'string', secret: true, env: 'CW_TOKEN' },
    pin: { type: 'long', secret: true, required: false, oneOf: [4711, 815] },
  } as const
  const input = { day: '2024-02-29', token: 'hunter2' }

  it('is for the job alone: neither identifying nor to be stored', () => {
    const parameters = resolveParameters('load', shape, input)
    expect(parameters.get('token')).toEqual({ type: 'string', value: 'hunter2', identifying: false, secret: true })
    expect([...withoutSecrets(parameters).keys()]).toEqual(['day'])
    expect(jobKey(parameters)).toBe(jobKey(withoutSecrets(parameters)))
    expect(
      jobKey(new Map([...parameters, ['token', { type: 'string', value: 'x', identifying: true, secret: true }]])),
    ).toBe(jobKey(parameters))
  })

  const hidden = (error: unknown): void => {
    expect(`${(error as Error).message} ${JSON.stringify(error)}`).not.toMatch(/hunter2|4712|4711|815/)
    expect((error as Error).message).toContain('***')
  }

  it.each([
    ['of another type', { ...input, pin: 'hunter2' }],
    ['not listed', { ...input, pin: 4712 }],
    ['under a mistyped name', { ...input, tokn: 'hunter2' }],
    ['under a name that is nothing like it', { ...input, password: 'hunter2' }],
    ['in a list', ['token=hunter2']],
  ])('%s is masked', (_, given) => hidden(refusal(shape, given)))

  it('that a validator tells of is masked', () => {
    const tells = { token: { type: 'string', secret: true, validate: (token: string) => `${token} is weak` } } as const
    hidden(refusal(tells, input.token === '' ? {} : { token: 'hunter2' }))
    const quoted = { token: { type: 'string', secret: true } } as const
    const validate = schema((given) => ({
      issues: [{ message: `bad: ${JSON.stringify(given)}` }, { message: 'bad', path: ['token'] }],
    }))
    hidden(refusal(quoted, { token: 'hun"ter2' }, { validate }))
    expect(refusal(quoted, { token: 'hun"ter2' }, { validate }).message).not.toContain('ter2')
  })

  it('from the environment that does not fit is masked', () => {
    vi.stubEnv('CW_PIN', 'hunter2')
    hidden(refusal({ pin: { type: 'long', secret: true, env: 'CW_PIN' } }, {}))
  })
})

describe('the parameters of a restart', () => {
  const restartOf = 5

  it('that tell instances apart come from the input alone', () => {
    vi.stubEnv('CW_REGION', 'US')
    const shape = {
      region: { type: 'string', env: 'CW_REGION', required: false },
      note: { type: 'string', env: 'CW_REGION', identifying: false },
    } as const
    expect([...resolveParameters('load', shape, {}, { restartOf }).keys()]).toEqual(['note'])
    const added = { n: { type: 'long', default: 5 } } as const
    expect(refusal(added, {}, { restartOf }).message).toContain(
      '"n" is missing: execution 5 was started without it, and it tells instances apart',
    )
  })

  it('that are missing say how to give them', () => {
    const shape = {
      token: { type: 'string', secret: true, env: 'CW_TOKEN' },
      'api key': { type: 'string', secret: true },
      note: { type: 'string', identifying: false },
    } as const
    expect(refusal(shape, {}, { restartOf }).problems.map(({ message }) => message)).toEqual([
      'is missing: secrets are not stored, so set the environment variable CW_TOKEN, or give it in restart(execution, { parameters: { "token": … } })',
      'is missing: secrets are not stored, so give it in restart(execution, { parameters: { "api key": … } })',
      'is missing: execution 5 was started without it, so give it in restart(execution, { parameters: { "note": … } })',
    ])
  })
})
