import { describe, expect, test } from 'vitest'
import { OptionCheck } from '../../src/domain/check-option.js'
import { InvalidOptionError } from '../../src/domain/option-error.js'
import { BoundSql, orderParameters, ParameterNumbers, parseSql } from '../../src/sql/named-parameters.js'
import { postgresSyntax } from '../../src/sql/postgres/postgres-syntax.js'

const check = new OptionCheck('Reader')

function render(sql: string): { readonly text: string; readonly names: readonly string[] } {
  const numbers = new ParameterNumbers(postgresSyntax)
  const text = numbers.render(parseSql(check, 'where', sql, postgresSyntax))
  return { text, names: numbers.names }
}

describe('named parameters', () => {
  test('a name has one placeholder, however often it is used', () => {
    expect(render('a = :x and b = :y or c = :x')).toEqual({ text: 'a = $1 and b = $2 or c = $1', names: ['x', 'y'] })
  })

  test.each([
    ["a = ':x' and b = 'it''s :y'"],
    ["a = E'\\':x' and b = e'\\\\'"],
    ['":x" = ":y"":z"'],
    ['$$ :x $$ || $tag$ :y $$ :z $tag$'],
    ['a -- :x\n+ 1'],
    ['a /* :x /* :y */ :z */ + 1'],
    ['a::int + b :: text'],
    ['f(a := 1)'],
    ['list[1:n] || list[lo:hi] || (f(x))[a:b]'],
    ['a$1b'],
    ['-- :x'],
    ["'unterminated :x"],
    [' : x'],
  ])('%s has no parameter', (sql) => {
    expect(render(sql)).toEqual({ text: sql, names: [] })
  })

  test.each([
    ['a = :x::bigint', 'a = $1::bigint'],
    ['id = any(:ids)', 'id = any($1)'],
    ["a = ':x' and b=:b--:c", "a = ':x' and b=$1--:c"],
    ["datE':x' || :y", "datE':x' || $1"],
    ['list[:n]', 'list[$1]'],
    [':_a1+:B', '$1+$2'],
  ])('%s becomes %s', (sql, text) => {
    expect(render(sql).text).toBe(text)
  })

  test('a numbered placeholder is refused', () => {
    expect(() => parseSql(check, 'where', 'a = $1', postgresSyntax)).toThrow(/Reader\.where .*\$1 cannot be used/)
  })

  test('a parameter that is missing is an error that names it', () => {
    expect(() => orderParameters(check, ['before'], {})).toThrow(InvalidOptionError)
    expect(() => orderParameters(check, ['before'], {})).toThrow(/Reader\.parameters\.before must be given/)
    expect(() => orderParameters(check, ['before'], { before: undefined })).toThrow(/before/)
    expect(() => orderParameters(check, ['toString'], {})).toThrow(/toString/)
  })

  test('a parameter that is not used is an error with the nearest name', () => {
    expect(() => orderParameters(check, ['before'], { befor: 1, before: 2 })).toThrow(/befor .*it uses :before/)
  })

  test('values stand in the order of the placeholders', () => {
    expect(orderParameters(check, ['b', 'a'], { a: 1, b: null })).toEqual([null, 1])
  })

  test('the properties of an item are picked by name, and one that is not there is an error', () => {
    const sql = new BoundSql(check, 'sql', 'update t set a = :a where id = :id', postgresSyntax)
    expect(sql.text).toBe('update t set a = $1 where id = $2')
    expect(sql.pick({ id: 7, a: undefined, other: 1 })).toEqual([undefined, 7])
    expect(() => sql.pick({ id: 7, A: 1 })).toThrow(/parameters\.a .*it has "A"/)
  })
})
