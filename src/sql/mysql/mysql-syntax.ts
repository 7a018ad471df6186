import { afterLine, afterQuote, splitSql, type SqlSyntax } from '../split-sql.js'

const PLACEHOLDER = /\?/y

/** MySQL and MariaDB: backticks, `#` and `-- ` comments, backslashes in quoted text; a value is `?`, wherever it stands. */
export const mysqlSyntax: SqlSyntax = {
  skip: (sql, at) => skip(sql, at, true),
  placeholder: PLACEHOLDER,
  bind: () => '?',
  numbered: false,
  doubt(sql) {
    // With NO_BACKSLASH_ESCAPES a text ends elsewhere: only SQL that reads the same either way is taken.
    const [one, other] = [true, false].map((escapes) =>
      JSON.stringify(splitSql(sql, { placeholder: PLACEHOLDER, skip: (text, at) => skip(text, at, escapes) })),
    )
    return one === other ? undefined : 'SQL with no backslash before a quote: give that text as a parameter'
  },
}

function skip(sql: string, at: number, backslashEscapes: boolean): number {
  const character = sql[at] as string
  if (character === '#') return afterLine(sql, at)
  if (character === '-' && /^--(?:\s|$)/.test(sql.slice(at, at + 3))) return afterLine(sql, at)
  const two = sql.slice(at, at + 2)
  if (two === '/*') return afterComment(sql, at)
  if (two === ':=') return at + 2
  if (character === "'" || character === '"') return afterQuote(sql, at, character, backslashEscapes)
  if (character === '`') return afterQuote(sql, at, '`', false)
  return at
}

function afterComment(sql: string, at: number): number {
  // What stands in `/*! … */` and `/*M! … */` is SQL.
  const executed = /^\/\*M?!\d*/.exec(sql.slice(at, at + 12))?.[0]
  if (executed !== undefined) return at + executed.length
  const end = sql.indexOf('*/', at + 2)
  return end < 0 ? sql.length : end + 2
}
