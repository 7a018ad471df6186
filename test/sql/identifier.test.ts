import { describe, expect, test } from 'vitest'
import { OptionCheck } from '../../src/domain/check-option.js'
import { InvalidOptionError } from '../../src/domain/option-error.js'
import { checkName, quoteIdentifier, quoteParts } from '../../src/sql/identifier.js'

const check = new OptionCheck('Writer')

describe('identifiers', () => {
  test('a name is quoted whatever is in it', () => {
    expect(quoteIdentifier('a"; drop table x; --')).toBe('"a""; drop table x; --"')
  })

  test('a dot separates schema and table', () => {
    expect(quoteParts(checkName(check, 'table', 'Sales.order lines'))).toBe('"Sales"."order lines"')
  })

  test.each(['', '.', 'a.', '.b', 'a.b.c', 'a"b', 'a\0b', 7, null])('%j is refused as a table', (name) => {
    expect(() => checkName(check, 'table', name)).toThrow(InvalidOptionError)
  })

  test('a column has no dot', () => {
    expect(() => checkName(check, 'columns', 'a.b', 1)).toThrow(/Writer\.columns .*"a\.b"/)
  })
})
