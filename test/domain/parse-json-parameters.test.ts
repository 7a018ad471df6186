import { InvalidParametersError, parseJsonParameters } from 'chunkwise'
import { describe, expect, it } from 'vitest'

const load = {
  name: 'load',
  parameters: {
    before: 'date',
    big: { type: 'bigint', required: false },
    n: { type: 'long', required: false },
    dry: { type: 'boolean', required: false },
    day: { type: 'localDate', required: false },
    pin: { type: 'bigint', secret: true, identifying: false, required: false },
  },
} as const

function refusal(json: unknown): InvalidParametersError {
  try {
    parseJsonParameters(load, json)
  } catch (error) {
    if (error instanceof InvalidParametersError) return error
  }
  throw new Error('it was taken')
}

describe('parseJsonParameters', () => {
  it('reads what JSON has no word for, and takes all else as it is', () => {
    const json = { before: '2025-12-21T10:00:00+01:00', big: '90071992547409931', n: 5, dry: false, day: '2024-02-29' }
    expect(parseJsonParameters(load, json)).toEqual({
      ...json,
      before: new Date('2025-12-21T09:00:00Z'),
      big: 90071992547409931n,
    })
  })

  it('takes a day for its midnight in UTC, and a safe number for a bigint', () => {
    expect(parseJsonParameters(load, { before: '2025-12-21', big: -5 })).toEqual({
      before: new Date('2025-12-21T00:00:00Z'),
      big: -5n,
    })
  })

  it('leaves names that are not declared, and values of another type, to the start', () => {
    const json = JSON.parse('{"before":"2025-12-21","m":1,"n":"5","__proto__":null}') as unknown
    const values = parseJsonParameters(load, json)
    expect(Object.entries(values).slice(1)).toEqual([
      ['m', 1],
      ['n', '5'],
      ['__proto__', null],
    ])
  })

  it('tells every text that cannot be read, and no secret', () => {
    const { problems, message } = refusal({ before: 1_766_275_200_000, big: '5n', pin: 'secret', n: 'x' })
    expect(problems.map(({ name, value }) => [name, value])).toEqual([
      ['before', 1_766_275_200_000],
      ['big', '5n'],
      ['pin', '***'],
    ])
    expect(message).toContain('"big" is "5n", but must be a whole number')
    expect(message).not.toContain('secret')
  })

  it('reads no digits beyond what a parameter can have', () => {
    expect(refusal({ big: '9'.repeat(2_501) }).problems).toHaveLength(1)
  })

  it.each([undefined, null, 'before=2025-12-21', ['before=2025-12-21'], 5])(
    'refuses %j, which is no object',
    (json) => {
      expect(refusal(json).message).toBe(
        'the parameters of job "load" are not valid: they must be a JSON object, of names and values',
      )
    },
  )
})
