import type { SqlStatement, SqlValue } from './sql-connection.js'

/** A piece of SQL with the values that stand in it. Made with {@link sql} and {@link sqlName} only. */
export class SqlText {
  readonly parts: readonly string[]
  readonly values: readonly SqlValue[]

  /** `parts` is one longer than `values`, which stand between them. */
  constructor(parts: readonly string[], values: readonly SqlValue[]) {
    this.parts = parts
    this.values = values
  }
}

/**
 * SQL as a template: a value in it becomes a bound parameter, never text; a {@link SqlText} becomes part of the SQL, with
 * its own values.
 */
export function sql(strings: TemplateStringsArray, ...inserted: readonly (SqlValue | SqlText)[]): SqlText {
  const parts: string[] = [strings[0] ?? '']
  const values: SqlValue[] = []
  inserted.forEach((piece, index) => {
    const after = strings[index + 1] ?? ''
    if (piece instanceof SqlText) append(parts, values, piece)
    else {
      values.push(piece)
      parts.push('')
    }
    parts[parts.length - 1] += after
  })
  return new SqlText(parts, values)
}

/** A name, keyword or expression that this library wrote itself and that therefore may stand in SQL as it is. */
export function sqlName(text: string): SqlText {
  return new SqlText([text], [])
}

/** Puts `separator` between pieces. */
export function joinSql(pieces: readonly SqlText[], separator = ', '): SqlText {
  const parts: string[] = ['']
  const values: SqlValue[] = []
  pieces.forEach((piece, index) => {
    if (index > 0) parts[parts.length - 1] += separator
    append(parts, values, piece)
  })
  return new SqlText(parts, values)
}

/** A list of values as bound parameters: `$1, $2, $3`. */
export function sqlValues(values: readonly SqlValue[]): SqlText {
  return joinSql(values.map((value) => new SqlText(['', ''], [value])))
}

/** The statement, with the placeholders that `placeholder` gives for positions from 1. */
export function toStatement(text: SqlText, placeholder: (position: number) => string): SqlStatement {
  let written = text.parts[0] ?? ''
  for (let position = 1; position < text.parts.length; position++) {
    written += placeholder(position) + (text.parts[position] ?? '')
  }
  return { text: written, values: text.values }
}

function append(parts: string[], values: SqlValue[], piece: SqlText): void {
  parts[parts.length - 1] += piece.parts[0] ?? ''
  parts.push(...piece.parts.slice(1))
  values.push(...piece.values)
}
