import { afterLine, afterQuote, matchAt, type SqlSyntax } from '../split-sql.js'

const WORD = /[\p{L}\p{N}_$]/u
const DOLLAR_QUOTE = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy

/** PostgreSQL: dollar quotes, nested comments, `E'…'`, casts by `::`; values are `$1`, `$2`, …. */
export const postgresSyntax: SqlSyntax = {
  skip(sql, at) {
    const two = sql.slice(at, at + 2)
    if (two === '--') return afterLine(sql, at)
    if (two === '/*') return afterComment(sql, at)
    if (two === '::' || two === ':=') return at + 2
    const character = sql[at] as string
    if (character === "'") return afterQuote(sql, at, "'", isEscapeString(sql, at))
    if (character === '"') return afterQuote(sql, at, '"', false)
    if (character === '$') return afterDollarQuote(sql, at)
    return at
  },
  placeholder: /\$\d+/y,
  bind: (position) => `$${position}`,
  numbered: true,
}

function afterComment(sql: string, at: number): number {
  let depth = 0
  for (let i = at; i < sql.length; i++) {
    const two = sql.slice(i, i + 2)
    if (two === '/*') depth++
    else if (two === '*/') depth--
    else continue
    i++
    if (depth === 0) return i + 1
  }
  return sql.length
}

function isEscapeString(sql: string, at: number): boolean {
  return /[eE]/.test(sql[at - 1] ?? '') && !WORD.test(sql[at - 2] ?? '')
}

function afterDollarQuote(sql: string, at: number): number {
  if (WORD.test(sql[at - 1] ?? '')) return at + 1
  const tag = matchAt(DOLLAR_QUOTE, sql, at)
  if (tag === undefined) return at
  const end = sql.indexOf(tag, at + tag.length)
  return end < 0 ? sql.length : end + tag.length
}
