/**
 * For how long a service asks to be left alone, in milliseconds: seconds or a date, as `Retry-After` says it. A date is
 * held against the `Date` of the same answer where there is one, since the clocks of two machines differ. `undefined`
 * where it says nothing that can be read.
 */
export function retryAfterOf(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const value = headers['retry-after']?.trim()
  if (value === undefined || value === '') return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000
  const until = Date.parse(value)
  if (Number.isNaN(until)) return undefined
  const sent = Date.parse(headers['date'] ?? '')
  return Math.max(0, until - (Number.isNaN(sent) ? now : sent))
}
