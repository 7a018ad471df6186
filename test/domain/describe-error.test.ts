import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeError } from '../../src/domain/describe-error.js'
import { InvalidOptionError } from '../../src/domain/option-error.js'

class InvalidUserError extends Error {}

describe('describeError', () => {
  it('an error is told with class, code, message and causes', () => {
    const root = Object.assign(new Error('duplicate key'), { code: '23505', name: 'error' })
    const error = new InvalidOptionError('reader.pageSize', 0, 'a whole number from 1', { cause: root })
    expect(describeError(error)).toBe(
      'InvalidOptionError [BATCH_INVALID_OPTION]: reader.pageSize must be a whole number from 1, but is 0\n' +
        'caused by Error [23505]: duplicate key',
    )
  })

  it('a class that does not set its name is named all the same', () => {
    expect(describeError(new InvalidUserError('no name'))).toBe('InvalidUserError: no name')
  })

  it('gathered errors are told, where the message is empty too', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    expect(describeError(new AggregateError([refused], ''))).toBe(
      'AggregateError\nwith Error [ECONNREFUSED]: connect ECONNREFUSED',
    )
    expect(describeError(new AggregateError(Array.from({ length: 9 }, (_, i) => new Error(`e${i}`))))).toContain(
      'and 4 more errors',
    )
  })

  it.each([
    ['text', '"text"'],
    [undefined, 'undefined'],
    [null, 'null'],
    [7, '7'],
    [{ message: 5 }, '{"message":5}'],
    [{ message: 'like an error' }, 'Error: like an error'],
  ])('what is thrown without being an error is shown: %j', (thrown, text) => {
    expect(describeError(thrown)).toBe(text)
  })

  it('a chain of causes that closes is told once', () => {
    const a = new Error('a')
    const b = new Error('b', { cause: a })
    a.cause = b
    expect(describeError(a)).toBe('Error: a\ncaused by Error: b')
  })

  it('a getter that throws does not get out', () => {
    const nasty = Object.defineProperty(new Error('kept'), 'cause', {
      get() {
        throw new Error('from the getter')
      },
    })
    expect(describeError(nasty)).toBe('Error: kept')
    const proxy = new Proxy(new Error('x'), {
      get() {
        throw new Error('from the proxy')
      },
    })
    expect(describeError(proxy)).toBe('a value that cannot be shown')
  })

  it('a long message gives way to the cause', () => {
    const error = new Error('m'.repeat(5000), { cause: new TypeError('the root of it') })
    const text = describeError(error)
    expect(text).toHaveLength(2500)
    expect(text).toMatch(/m\.\.\.\ncaused by TypeError: the root of it$/)
  })

  it('characters that databases refuse are replaced', () => {
    expect(describeError(new Error('a\0b\uD800c😀'))).toBe('Error: a\uFFFDb\uFFFDc😀')
  })

  it('the limit holds for any error, and no character is cut in two', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '😀', '\n', '\0'), maxLength: 400 })
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 15 }), fc.nat(600), (messages, limit) => {
        const error = messages.reduceRight<Error | undefined>((cause, m) => new Error(m, { cause }), undefined)
        const described = describeError(error, limit)
        expect(described.length).toBeLessThanOrEqual(limit)
        expect(described).not.toMatch(/\p{Surrogate}/u)
      }),
    )
  })
})
