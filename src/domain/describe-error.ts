import { quote } from '../support/quote.js'
import { storableText } from './storable-text.js'

const MAX_CAUSES = 10
const MAX_GATHERED = 5

/**
 * An error as text for an exit description: class, code and message, then a line for each cause. It has at most `limit`
 * characters (UTF-16 units, default 2,500); when there are more, each line gives way, so that the root cause stays in
 * sight. Takes anything that can be thrown, and never throws.
 */
export function describeError(error: unknown, limit = 2500): string {
  const lines: string[] = []
  collect(error, '', lines, new Set())
  const whole = lines.join('\n')
  if (whole.length <= limit) return whole
  return cut(shorten(lines, limit).join('\n'), limit)
}

function collect(error: unknown, lead: string, lines: string[], seen: Set<unknown>): void {
  lines.push(lead + summary(error))
  if (typeof error !== 'object' || error === null) return
  seen.add(error)
  const gathered = read(error, 'errors')
  if (Array.isArray(gathered)) {
    for (const inner of gathered.slice(0, MAX_GATHERED)) {
      if (!seen.has(inner) && seen.size < MAX_CAUSES) collect(inner, 'with ', lines, seen)
    }
    if (gathered.length > MAX_GATHERED) lines.push(`and ${gathered.length - MAX_GATHERED} more errors`)
  }
  const cause = read(error, 'cause')
  if (cause === undefined || cause === null || seen.has(cause) || seen.size >= MAX_CAUSES) return
  collect(cause, 'caused by ', lines, seen)
}

function summary(error: unknown): string {
  if (!isErrorLike(error)) return storableText(quote(error, 1000))
  const code = read(error, 'code')
  const shownCode = typeof code === 'string' || typeof code === 'number' ? ` [${code}]` : ''
  const message = read(error, 'message')
  const shownMessage = typeof message === 'string' && message !== '' ? `: ${message}` : ''
  return storableText(`${className(error)}${shownCode}${shownMessage}`)
}

function isErrorLike(error: unknown): error is object {
  return typeof error === 'object' && error !== null && typeof read(error, 'message') === 'string'
}

/** Drivers leave `name` at "error", hosts forget to set it: then the class says more. */
function className(error: object): string {
  const name = read(error, 'name')
  const own = read(read(error, 'constructor'), 'name')
  if (typeof name === 'string' && name !== '' && name.toLowerCase() !== 'error') return name
  return typeof own === 'string' && own !== '' && own !== 'Object' ? own : 'Error'
}

/** A getter may throw. */
function read(holder: unknown, key: string): unknown {
  try {
    return (holder as Record<string, unknown> | undefined)?.[key]
  } catch {
    return undefined
  }
}

function shorten(lines: readonly string[], limit: number): string[] {
  let rest = limit - (lines.length - 1)
  const result = [...lines]
  const shortestFirst = lines.map((_, index) => index).sort((a, b) => lengthAt(lines, a) - lengthAt(lines, b))
  shortestFirst.forEach((index, done) => {
    const share = Math.floor(rest / (lines.length - done))
    const text = cut(lines[index] ?? '', Math.max(share, 0))
    result[index] = text
    rest -= text.length
  })
  return result
}

function lengthAt(lines: readonly string[], index: number): number {
  return lines[index]?.length ?? 0
}

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const kept = limit > 3 ? text.slice(0, limit - 3) : text.slice(0, limit)
  return kept.replace(/[\uD800-\uDBFF]$/, '') + (limit > 3 ? '...' : '')
}
