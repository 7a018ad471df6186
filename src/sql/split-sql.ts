/** The parts of SQL between its `:name` parameters. `placeholder` is the first `$1` that stands in it. */
export interface SplitSql {
  readonly pieces: readonly string[]
  readonly names: readonly string[]
  readonly placeholder: string | undefined
}

const WORD = /[\p{L}\p{N}_$]/u
const DOLLAR_QUOTE = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy
const PARAMETER = /:([A-Za-z_]\w*)/y
const PLACEHOLDER = /\$\d+/y

/** Splits SQL at its parameters, stepping over everything in which a colon means nothing. */
export function splitSql(sql: string): SplitSql {
  const pieces: string[] = []
  const names: string[] = []
  let placeholder: string | undefined
  let start = 0
  let at = 0
  while (at < sql.length) {
    const next = skip(sql, at)
    if (next > at) {
      at = next
      continue
    }
    const name = parameterAt(sql, at)
    if (name !== undefined) {
      pieces.push(sql.slice(start, at))
      names.push(name)
      at = start = at + 1 + name.length
      continue
    }
    placeholder ??= matchAt(PLACEHOLDER, sql, at)
    at++
  }
  pieces.push(sql.slice(start))
  return { pieces, names, placeholder }
}

/** The index after the quoted text, comment, word, `::` or `:=` that begins at `at`, or `at`. */
function skip(sql: string, at: number): number {
  const two = sql.slice(at, at + 2)
  if (two === '--') return endOr(sql, sql.indexOf('\n', at))
  if (two === '/*') return afterComment(sql, at)
  if (two === '::' || two === ':=') return at + 2
  const character = sql[at] as string
  if (character === "'") return afterQuote(sql, at, "'", isEscapeString(sql, at))
  if (character === '"') return afterQuote(sql, at, '"', false)
  if (character === '$') return afterDollarQuote(sql, at)
  return at
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

/** A doubled quote reads as the end of one text and the start of another, which steps over both. */
function afterQuote(sql: string, at: number, quote: string, backslashEscapes: boolean): number {
  for (let i = at + 1; i < sql.length; i++) {
    if (backslashEscapes && sql[i] === '\\') i++
    else if (sql[i] === quote) {
      if (sql[i + 1] !== quote) return i + 1
      i++
    }
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

function parameterAt(sql: string, at: number): string | undefined {
  // After a word or a bracket it is the colon of a slice.
  if (sql[at] !== ':' || /[\w$\])]/.test(sql[at - 1] ?? '')) return undefined
  return matchAt(PARAMETER, sql, at)?.slice(1)
}

function matchAt(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(sql)?.[0]
}

function endOr(sql: string, index: number): number {
  return index < 0 ? sql.length : index + 1
}
