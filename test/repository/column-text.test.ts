import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ExecutionContext } from '../../src/domain/execution-context.js'
import { contextColumns, fitText } from '../../src/repository/sql/column-text.js'

describe('texts for columns', () => {
  test('a text is cut to so many code points, and is otherwise as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), fc.nat(40), (text, limit) => {
        const storable = text.replaceAll('\0', '\uFFFD')
        expect(fitText(text, limit)).toBe(Array.from(storable).slice(0, limit).join(''))
      }),
    )
  })

  test('no text that comes out has half a surrogate pair or a NUL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), fc.nat(40), (text, limit) => {
        expect(fitText(`${text}\uD83D`, limit)).not.toMatch(/\0|\p{Surrogate}/u)
      }),
    )
  })

  test('a context is short up to 2,500 UTF-16 units', () => {
    const around = '{"t":""}'.length
    const columns = (length: number): ReturnType<typeof contextColumns> =>
      contextColumns(new ExecutionContext({ t: 'x'.repeat(length - around) }))
    expect(columns(2500)).toMatchObject({ serialized: null })
    expect(columns(2501).short).toHaveLength(2496)
    expect(columns(2501).serialized).toHaveLength(2501)
  })
})
