import { utcText } from '../utc-text.js'

/** The option `timezone` of a `mysql2` pool: `'local'`, `'Z'` or an offset. */
export type MysqlTimezone = string | undefined

const TEXT = /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/

/** The text of a time or day as the driver makes a Date of it, cut to the millisecond; a zero date is an invalid Date. */
export function decodeDate(text: string, timezone: MysqlTimezone): Date {
  const found = TEXT.exec(text)
  if (found === null || /-00/.test(text.slice(0, 10))) return new Date(NaN)
  const [year, month, day, hours, minutes, seconds] = found.slice(1, 7).map((part) => Number(part ?? 0)) as Parts
  const milliseconds = Number((found[7] ?? '').padEnd(3, '0').slice(0, 3))
  if (isLocal(timezone)) return new Date(year, month - 1, day, hours, minutes, seconds, milliseconds)
  const utc = Date.UTC(year, month - 1, day, hours, minutes, seconds, milliseconds)
  return new Date(utc - offsetOf(timezone))
}

/** A Date as the driver writes it: what a clock in the pool's `timezone` shows, to the millisecond. */
export function encodeDate(date: Date, timezone: MysqlTimezone): string {
  const time = date.getTime()
  // The database refuses it, and names the column.
  if (Number.isNaN(time)) return 'Invalid Date'
  // Other years are no dates of the database, which says so.
  return utcText(isLocal(timezone) ? localTime(date) : time + offsetOf(timezone)) ?? date.toISOString()
}

/** The time at which a clock in UTC shows what the clock of this process shows at a time. */
function localTime(date: Date): number {
  const [month, day, hours, minutes] = [date.getMonth(), date.getDate(), date.getHours(), date.getMinutes()]
  // A leap year, then the year itself: Date.UTC takes a year below 100 for one of the last century.
  const clock = new Date(Date.UTC(2000, month, day, hours, minutes, date.getSeconds(), date.getMilliseconds()))
  return clock.setUTCFullYear(date.getFullYear())
}

type Parts = [number, number, number, number, number, number]

function isLocal(timezone: MysqlTimezone): timezone is undefined | 'local' {
  return timezone === undefined || timezone === 'local'
}

/** Milliseconds that clocks of a zone are ahead of UTC. */
function offsetOf(timezone: string): number {
  const found = /^([+-])(\d\d?):?(\d\d)?$/.exec(timezone)
  if (found === null) return 0
  return (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3] ?? 0)) * 60_000
}
