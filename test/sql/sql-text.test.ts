import { describe, expect, test } from 'vitest'
import { postgresDialect } from '../../src/sql/postgres/postgres-dialect.js'
import { SqlError } from '../../src/sql/sql-error.js'
import { joinSql, sql, sqlName, sqlValues, toStatement } from '../../src/sql/sql-text.js'

const statement = (text: ReturnType<typeof sql>): unknown => toStatement(text, (position) => `$${position}`)

describe('sql', () => {
  test('a value becomes a placeholder, whatever is in it', () => {
    expect(statement(sql`SELECT ${"'; DROP TABLE a"}`)).toEqual({ text: 'SELECT $1', values: ["'; DROP TABLE a"] })
  })

  test('a piece becomes part of the text, and its values are numbered on', () => {
    const where = sql`a = ${1} AND ${sqlName('b')} = ${null}`
    expect(statement(sql`SELECT ${0} FROM ${sqlName('t')} WHERE ${where} LIMIT ${2}`)).toEqual({
      text: 'SELECT $1 FROM t WHERE a = $2 AND b = $3 LIMIT $4',
      values: [0, 1, null, 2],
    })
  })

  test('pieces and values are joined', () => {
    expect(statement(sql`${joinSql([sql`(${1})`, sql`(${2})`])} IN (${sqlValues(['a', 'b'])}) ${joinSql([])}`)).toEqual(
      {
        text: '($1), ($2) IN ($3, $4) ',
        values: [1, 2, 'a', 'b'],
      },
    )
  })

  test('a piece used twice has its values twice', () => {
    const piece = sql`a > ${1}`
    expect(statement(sql`${piece} OR ${piece}`)).toEqual({ text: 'a > $1 OR a > $2', values: [1, 1] })
  })
})

describe('the PostgreSQL dialect', () => {
  test('a row that is required is counted, and an update returns it', () => {
    const select = postgresDialect.requireRow(sql`SELECT 1 FROM t`)
    expect(select.text).toContain('(SELECT 1 FROM t)')
    const update = postgresDialect.requireRow(sql`UPDATE t SET a = ${1}`)
    expect(update.text).toContain('(UPDATE t SET a = $1 RETURNING 1)')
  })

  test('a missing row is told by its error', () => {
    const error = (sqlState: string): SqlError => new SqlError({ kind: 'other', sqlState }, new Error('failed'))
    expect(postgresDialect.isMissingRow(error('22012'))).toBe(true)
    expect(postgresDialect.isMissingRow(error('22003'))).toBe(false)
  })
})
