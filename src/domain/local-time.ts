const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const TIME = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/

/** Whether a day stands in the (proleptic Gregorian) calendar. Months from 1. */
export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  return day <= days
}

/** A local date as it is, or `undefined` when the text is none, or names a day that is in no calendar. */
export function localDate(text: string): string | undefined {
  const match = DATE.exec(text)
  if (match === null) return undefined
  return isCalendarDay(Number(match[1]), Number(match[2]), Number(match[3])) ? text : undefined
}

/**
 * A local time in one spelling, that of Java's `toString`: seconds only where they are not zero, then in 3, 6 or 9
 * digits. `undefined` when the text is no time of day.
 */
export function localTime(text: string): string | undefined {
  const match = TIME.exec(text)
  if (match === null) return undefined
  const [, hour = '', minute = '', second = '00', fraction = ''] = match
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const digits = fraction.replace(/0+$/, '')
  if (digits === '') return second === '00' ? `${hour}:${minute}` : `${hour}:${minute}:${second}`
  return `${hour}:${minute}:${second}.${digits.padEnd(Math.ceil(digits.length / 3) * 3, '0')}`
}

/** A local date and time in one spelling, as {@link localTime}. `undefined` when the text is none. */
export function localDateTime(text: string): string | undefined {
  const [day = '', time = '', ...more] = text.split('T')
  if (more.length > 0) return undefined
  const validDay = localDate(day)
  const validTime = localTime(time)
  return validDay === undefined || validTime === undefined ? undefined : `${validDay}T${validTime}`
}

/** The spelling that is stored: always with seconds, and no zeros at the end. Takes what the functions above gave. */
export function storedTime(text: string): string {
  const withSeconds = /\d{2}:\d{2}:\d{2}/.test(text) ? text : `${text}:00`
  return withSeconds.includes('.') ? withSeconds.replace(/0+$/, '') : withSeconds
}
