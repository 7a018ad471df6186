import type { OptionCheck } from '../domain/check-option.js'

/** A name as SQL quotes it: case is kept, and nothing in it is read as SQL. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The same in MySQL, whatever `sql_mode` says of double quotes. */
export function quoteBackticks(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/**
 * Checks the name of a table or column where a dot separates its parts (`sales.orders`, `u.id`), and returns the parts.
 * Fails for an empty part, a quote, a NUL, or more than `most` parts.
 */
export function checkName(check: OptionCheck, option: string, name: unknown, most = 2): readonly string[] {
  const expected = most === 1 ? 'a name without quotes and dots' : 'a name without quotes, as "name" or "schema.name"'
  if (typeof name !== 'string') return check.fail(option, name, expected)
  const parts = name.split('.')
  if (parts.length > most || parts.some((part) => part === '' || /["\0]/.test(part))) {
    return check.fail(option, name, expected)
  }
  return parts
}

/** Quotes the parts of a name and joins them with dots. */
export function quoteParts(parts: readonly string[], quote: (name: string) => string = quoteIdentifier): string {
  return parts.map(quote).join('.')
}
