const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY = 86_400_000
/** 1582-10-15: before it, Java's Date counts by the Julian calendar. */
const GREGORIAN_START = -12_219_292_800_000
/** Days from 0000-03-01 of the Julian calendar to the epoch. */
const JULIAN_SHIFT = 719_470

/** A finite number as Java's `Double.toString` writes it: `1.0`, `1.0E10`, `1.0E-5`. */
export function javaDouble(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const shortest = value.toExponential()
  // Java keeps two digits at least and takes the nearest: 4.9E-324, where JavaScript says 5e-324.
  const [mantissa = '', power = '0'] = (/^-?\de/.test(shortest) ? value.toExponential(1) : shortest).split('e')
  const exponent = Number(power)
  if (exponent < -3 || exponent >= 7) return `${mantissa}E${exponent}`
  const sign = value < 0 ? '-' : ''
  const digits = mantissa.replace('-', '').replace('.', '')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${trimmed(digits)}`
  const padded = digits.padEnd(exponent + 1, '0')
  return `${sign}${padded.slice(0, exponent + 1)}.${trimmed(padded.slice(exponent + 1))}`
}

function trimmed(digits: string): string {
  return digits.replace(/0+$/, '') || '0'
}

/** A point in time as Java's `ISO_INSTANT` writes it: milliseconds only where they are not zero. */
export function javaInstant(date: Date): string {
  const text = date.toISOString().replace('.000Z', 'Z')
  // JavaScript writes six digits of a year beyond 0000 to 9999, Java four at least.
  return text.replace(/^([+-])0{1,2}(\d{4,5}-)/, '$1$2')
}

/** A point in time as Java's `Date.toString` writes it in UTC: `Thu Jan 01 00:00:00 UTC 1970`. */
export function javaDate(date: Date): string {
  const { year, month, day } = date.getTime() < GREGORIAN_START ? julianDay(date) : gregorianDay(date)
  const time = date.toISOString().slice(-13, -5)
  return `${DAYS[date.getUTCDay()]} ${MONTHS[month]} ${String(day).padStart(2, '0')} ${time} UTC ${year}`
}

interface CalendarDay {
  readonly year: number
  readonly month: number
  readonly day: number
}

function gregorianDay(date: Date): CalendarDay {
  return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() }
}

/** The year starts in March here, so that the leap day is its last and months have a regular pattern of lengths. */
function julianDay(date: Date): CalendarDay {
  const days = Math.floor(date.getTime() / DAY) + JULIAN_SHIFT
  const cycle = Math.floor(days / 1461)
  const dayOfCycle = days - cycle * 1461
  const yearOfCycle = Math.min(3, Math.floor(dayOfCycle / 365))
  const dayOfYear = dayOfCycle - yearOfCycle * 365
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = (monthFromMarch + 2) % 12
  const year = cycle * 4 + yearOfCycle + (month < 2 ? 1 : 0)
  // There is no year 0: 1 BC stands before 1 AD, and Java leaves off the era.
  return {
    year: year > 0 ? year : 1 - year,
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  }
}
