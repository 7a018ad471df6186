/**
 * Shows any value in an error message, short and on one line: strings in quotes, objects by their JSON or class name.
 * Never throws, whatever the value's own `toString` does.
 */
export function quote(value: unknown, limit = 100): string {
  const text = show(value)
  return text.length <= limit ? text : `${text.slice(0, limit - 3)}...`
}

function show(value: unknown): string {
  try {
    if (typeof value === 'string') return JSON.stringify(value)
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'function') return value.name === '' ? 'a function' : `function ${value.name}`
    if (typeof value === 'symbol') return value.toString()
    if (typeof value !== 'object' || value === null) return String(value)
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : value.toISOString()
    return showObject(value)
  } catch {
    return 'a value that cannot be shown'
  }
}

function showObject(value: object): string {
  const name = (value.constructor as { name?: string } | undefined)?.name
  if (name !== undefined && name !== 'Object' && name !== 'Array') return `an instance of ${name}`
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner))
}
