// What the default parsers of `pg` make of dates, without regular expressions and Date's own parser. Every function
// returns `undefined` for a text that is not of the usual shape (BC, infinity, years beyond 9999, other date styles).

const DASH = 45
const SPACE = 32
const COLON = 58
const DOT = 46
const PLUS = 43
const MILLISECONDS_A_DAY = 86_400_000

/** `2024-02-29 10:00:00.123456+02` → the instant, cut to the millisecond. */
export function decodeTimestamptz(text: string): Date | undefined {
  const end = text.length
  const time = timeOf(text)
  if (time < 0) return undefined
  const zone = fractionEnd(text)
  const sign = text.charCodeAt(zone)
  if (sign !== PLUS && sign !== DASH) return undefined
  const hours = twoDigits(text, zone + 1)
  const minutes = end > zone + 3 ? part(text, zone + 3) : 0
  const seconds = end > zone + 6 ? part(text, zone + 6) : 0
  if (hours < 0 || minutes < 0 || seconds < 0 || (end !== zone + 3 && end !== zone + 6 && end !== zone + 9)) {
    return undefined
  }
  const offset = ((hours * 60 + minutes) * 60 + seconds) * 1000
  const days = daysFromCivil(fourDigits(text), twoDigits(text, 5), twoDigits(text, 8))
  return new Date(days * MILLISECONDS_A_DAY + time + milliseconds(text, zone) + (sign === PLUS ? -offset : offset))
}

/** `2024-02-29 10:00:00.123456+02` → `2024-02-29T08:00:00.123456Z`; a text of another shape stays. */
export function instantText(text: string): string {
  const instant = decodeTimestamptz(text)
  if (instant === undefined) return text
  const fraction = text.slice(20, fractionEnd(text))
  return `${instant.toISOString().slice(0, -5)}.${fraction.padEnd(6, '0')}Z`
}

/** `2024-02-29 10:00:00.123456` → that time where this process runs, cut to the millisecond. */
export function decodeTimestamp(text: string): Date | undefined {
  const year = fourDigits(text)
  // The constructor takes a year below 100 for one of the last century.
  if (timeOf(text) < 0 || year < 100 || fractionEnd(text) !== text.length) return undefined
  return new Date(
    year,
    twoDigits(text, 5) - 1,
    twoDigits(text, 8),
    twoDigits(text, 11),
    twoDigits(text, 14),
    twoDigits(text, 17),
    milliseconds(text, text.length),
  )
}

/** `2024-02-29` → that day's midnight where this process runs. */
export function decodeDate(text: string): Date | undefined {
  if (text.length !== 10 || !isDay(text)) return undefined
  const year = fourDigits(text)
  return year < 100 ? undefined : new Date(year, twoDigits(text, 5) - 1, twoDigits(text, 8))
}

/** The milliseconds of `10:00:00` behind the day, or a negative number. */
function timeOf(text: string): number {
  if (!isDay(text) || text.charCodeAt(10) !== SPACE) return -1
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return -1
  const hours = twoDigits(text, 11)
  const minutes = twoDigits(text, 14)
  const seconds = twoDigits(text, 17)
  return hours < 0 || minutes < 0 || seconds < 0 ? -1 : ((hours * 60 + minutes) * 60 + seconds) * 1000
}

function isDay(text: string): boolean {
  return (
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    fourDigits(text) >= 0 &&
    twoDigits(text, 5) > 0 &&
    twoDigits(text, 8) > 0
  )
}

/** Where the fraction of a second that begins at 19 ends: 19 if there is none. */
function fractionEnd(text: string): number {
  if (text.charCodeAt(19) !== DOT) return 19
  let end = 20
  while (digit(text, end) >= 0) end++
  return end
}

function milliseconds(text: string, end: number): number {
  if (end <= 20) return 0
  let value = 0
  let scale = 1
  for (let i = 20; i < end; i++) {
    value = value * 10 + digit(text, i)
    scale *= 10
  }
  // The same rounding as 1000 * parseFloat('.123456').
  return Math.trunc(1000 * (value / scale))
}

function part(text: string, colon: number): number {
  return text.charCodeAt(colon) === COLON ? twoDigits(text, colon + 1) : -1
}

function fourDigits(text: string): number {
  const high = twoDigits(text, 0)
  const low = twoDigits(text, 2)
  return high < 0 || low < 0 ? -1 : high * 100 + low
}

/** Negative when they are not digits. */
function twoDigits(text: string, at: number): number {
  const high = digit(text, at)
  const low = digit(text, at + 1)
  return high < 0 || low < 0 ? -1 : high * 10 + low
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48
  return value >= 0 && value <= 9 ? value : -1
}

/** Days since 1970-01-01 in the Gregorian calendar. Years begin in March, so that the leap day is the last one. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) | 0) + day - 1
  const dayOfEra = yearOfEra * 365 + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
