/** How a database's SQL is read and how values are bound in it. */
export interface SqlSyntax {
  /** The index after the quoted text, comment or word that begins at `at` and in which a colon means nothing, or `at`. */
  skip(sql: string, at: number): number
  /** A placeholder of the driver's, sticky: it must not stand in the SQL itself. */
  readonly placeholder: RegExp
  /** The placeholder for the value at a position, from 1. */
  bind(position: number): string
  /** Whether a placeholder that stands again means the same value; else a value is bound each time. */
  readonly numbered: boolean
  /** Why the SQL cannot be read for certain, if so. */
  doubt?(sql: string): string | undefined
}

/** The parts of SQL between its `:name` parameters. `placeholder` is the first of the driver's that stands in it. */
export interface SplitSql {
  readonly pieces: readonly string[]
  readonly names: readonly string[]
  readonly placeholder: string | undefined
}

const PARAMETER = /:([A-Za-z_]\w*)/y

/** Splits SQL at its parameters, stepping over everything in which a colon means nothing. */
export function splitSql(sql: string, syntax: Pick<SqlSyntax, 'skip' | 'placeholder'>): SplitSql {
  const pieces: string[] = []
  const names: string[] = []
  let placeholder: string | undefined
  let start = 0
  let at = 0
  while (at < sql.length) {
    const next = syntax.skip(sql, at)
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
    placeholder ??= matchAt(syntax.placeholder, sql, at)
    at++
  }
  pieces.push(sql.slice(start))
  return { pieces, names, placeholder }
}

/** The index after the quoted text that begins at `at`. A doubled quote reads as an end and another start. */
export function afterQuote(sql: string, at: number, quote: string, backslashEscapes: boolean): number {
  for (let i = at + 1; i < sql.length; i++) {
    if (backslashEscapes && sql[i] === '\\') i++
    else if (sql[i] === quote) {
      if (sql[i + 1] !== quote) return i + 1
      i++
    }
  }
  return sql.length
}

/** The index after the line that `at` is in. */
export function afterLine(sql: string, at: number): number {
  const end = sql.indexOf('\n', at)
  return end < 0 ? sql.length : end + 1
}

/** What a sticky pattern finds at `at`. */
export function matchAt(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(sql)?.[0]
}

function parameterAt(sql: string, at: number): string | undefined {
  // After a word or a bracket it is the colon of a slice.
  if (sql[at] !== ':' || /[\w$\])]/.test(sql[at - 1] ?? '')) return undefined
  return matchAt(PARAMETER, sql, at)?.slice(1)
}
