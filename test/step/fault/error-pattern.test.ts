import { BatchError, InvalidOptionError, SqlError } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { type ErrorPattern, matcher } from '../../../src/step/fault/error-pattern.js'

class Poison extends Error {}
class Venom extends Poison {}
class NoError {}
function OldError(this: { message: string }, message: string) {
  this.message = message
}
OldError.prototype = Object.create(Error.prototype)

const matches = (pattern: ErrorPattern, error: unknown) => matcher('on', [pattern])(error)

describe('an error pattern', () => {
  it('that is a class means its instances and those of its subclasses, and is never called', () => {
    expect(matches(Poison, new Venom())).toBe(true)
    expect(matches(Venom, new Poison())).toBe(false)
    expect(matches(Error, new TypeError())).toBe(true)
    expect(matches(TypeError, new Error())).toBe(false)
    expect(matches(NoError, new NoError())).toBe(true)
    expect(matches(BatchError, new InvalidOptionError('a', 1, 'two'))).toBe(true)
    expect(matches(OldError as unknown as ErrorPattern, Object.create(OldError.prototype))).toBe(true)
    expect(matches(OldError as unknown as ErrorPattern, new Error())).toBe(false)
  })

  it('that is a code means what has it as code, as SQL state, or as the kind of an SQL error', () => {
    expect(matches('ECONNRESET', Object.assign(new Error(), { code: 'ECONNRESET' }))).toBe(true)
    expect(matches('BATCH_INVALID_OPTION', new InvalidOptionError('a', 1, 'two'))).toBe(true)
    expect(matches('23505', new SqlError({ kind: 'duplicate-key', sqlState: '23505' }, new Error()))).toBe(true)
    expect(matches('check', new SqlError({ kind: 'check', sqlState: '23000' }, new Error()))).toBe(true)
    expect(matches('check', Object.assign(new Error(), { kind: 'check' }))).toBe(false)
    for (const none of [undefined, null, 'ECONNRESET', 1, new Error('ECONNRESET')]) {
      expect(matches('ECONNRESET', none)).toBe(false)
    }
  })

  it('that is a function decides, whatever kind of function it is', () => {
    expect(matches((error) => error === 7, 7)).toBe(true)
    expect(
      matches(function isPoison(error) {
        return error instanceof Poison
      }, new Venom()),
    ).toBe(true)
  })

  it('is held against causes and gathered errors', () => {
    const inner = new Poison()
    expect(matches(Poison, new Error('a', { cause: new Error('b', { cause: inner }) }))).toBe(true)
    expect(matches(Poison, new AggregateError([new Error('x'), new Error('y', { cause: inner })]))).toBe(true)
    expect(matches((error) => error === inner, new Error('a', { cause: inner }))).toBe(true)
  })

  it('ends on a chain that bites its tail', () => {
    const a = new Error('a')
    const b = new Error('b', { cause: a })
    a.cause = b
    expect(matches(Poison, b)).toBe(false)
  })

  it('that is a function must answer with true or false at once', () => {
    for (const answer of [Promise.resolve(true), undefined, 1, 'yes']) {
      expect(() => matches(() => answer as unknown as boolean, new Error())).toThrow(InvalidOptionError)
    }
  })
})
