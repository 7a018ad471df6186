import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareSpecificity, exitCodePattern, matchesExitCode } from '../../src/domain/exit-code-pattern.js'

const letters = fc.constantFrom('a', 'b', 'A', '.', '[', '\\', '$', '\n', '😀', 'é')
const code = fc.string({ unit: letters, maxLength: 12 })
const pattern = fc.string({ unit: fc.oneof(letters, fc.constantFrom('*', '?', '*')), maxLength: 12 })

/** The same pattern as a regular expression. */
function asRegExp(text: string): RegExp {
  const parts = Array.from(text, (letter) => {
    if (letter === '*') return '[^]*'
    return letter === '?' ? '[^]' : letter.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&')
  })
  return new RegExp(`^${parts.join('')}$`, 'u')
}

/** A code that the pattern matches: its wildcards filled in. */
const filled = fc.tuple(pattern, fc.array(code, { minLength: 12, maxLength: 12 })).map(([text, fills]) => {
  const parts = Array.from(text, (letter, index) => {
    if (letter === '*') return fills[index] as string
    return letter === '?' ? 'b' : letter
  })
  return [text, parts.join('')] as const
})

describe('a pattern for exit codes', () => {
  it('matches what the regular expression matches', () => {
    fc.assert(
      fc.property(pattern, code, (text, given) => {
        expect(matchesExitCode(exitCodePattern(text), given)).toBe(asRegExp(text).test(given))
      }),
      { numRuns: 2_000 },
    )
  })

  it('matches every code that fills its wildcards in', () => {
    fc.assert(
      fc.property(filled, ([text, given]) => {
        expect(matchesExitCode(exitCodePattern(text), given)).toBe(true)
        expect(asRegExp(text).test(given)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('with many asterisks answers for a long code that almost matches', () => {
    const text = `${'a*'.repeat(200)}b`
    expect(matchesExitCode(exitCodePattern(text), 'a'.repeat(2_500))).toBe(false)
  })

  it('takes a character outside the basic plane for one', () => {
    expect(matchesExitCode(exitCodePattern('?'), '😀')).toBe(true)
    expect(matchesExitCode(exitCodePattern('??'), '😀')).toBe(false)
  })
})

describe('specificity', () => {
  const patterns = fc.tuple(pattern, pattern, pattern).map((texts) => texts.map(exitCodePattern))

  it('is a total order: equal only to itself, the other way round reversed, transitive', () => {
    fc.assert(
      fc.property(patterns, ([a, b, c]) => {
        const [ab, ba] = [compareSpecificity(a!, b!), compareSpecificity(b!, a!)]
        expect(Math.sign(ab) + Math.sign(ba)).toBe(0)
        expect(ab === 0).toBe(a!.text === b!.text)
        if (ab <= 0 && compareSpecificity(b!, c!) <= 0) expect(compareSpecificity(a!, c!)).toBeLessThanOrEqual(0)
      }),
      { numRuns: 3_000 },
    )
  })

  it('goes by wildcards, then by length, then by the alphabet', () => {
    const order = ['ABC', 'AB', 'B', 'AB?', 'A?', 'B?', '?', 'A??', '??', 'ABC*', 'A*', '*', 'A*?', '*?', 'A**', '**']
    const sorted = order.toReversed().map(exitCodePattern).toSorted(compareSpecificity)
    expect(sorted.map(({ text }) => text)).toEqual(order)
  })
})
