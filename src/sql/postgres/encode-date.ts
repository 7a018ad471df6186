import { PADDED, utcText } from '../utc-text.js'

/** The instant as text for a `timestamptz`, in UTC: `2024-02-29 10:00:00.123+00`. */
export function encodeInstant(date: Date): string {
  const text = utcText(date.getTime())
  return text === undefined ? localText(date) : `${text}+00`
}

/**
 * The date as `pg` writes it: the time on the clock where this process runs, with its offset. A `timestamptz` takes it
 * as the instant, a `timestamp` or `date` as what that clock shows.
 */
export function localText(date: Date): string {
  const time = date.getTime()
  // The database refuses it, and says so with the column's type.
  if (Number.isNaN(time)) return 'Invalid Date'
  const year = date.getFullYear()
  const day = `${String(year < 1 ? 1 - year : year).padStart(4, '0')}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
  const fraction = String(date.getMilliseconds()).padStart(3, '0')
  return `${day} ${clock}.${fraction}${offsetText(date)}${year < 1 ? ' BC' : ''}`
}

/** `+02:00`, with seconds for the local mean times of former days. */
function offsetText(date: Date): string {
  const shown = new Date(0)
  shown.setUTCFullYear(date.getFullYear(), date.getMonth(), date.getDate())
  shown.setUTCHours(date.getHours(), date.getMinutes(), date.getSeconds(), date.getMilliseconds())
  const seconds = Math.round((shown.getTime() - date.getTime()) / 1000)
  const size = Math.abs(seconds)
  const rest = size % 60 === 0 ? '' : `:${pad(size % 60)}`
  return `${seconds < 0 ? '-' : '+'}${pad(Math.floor(size / 3600))}:${pad(Math.floor(size / 60) % 60)}${rest}`
}

function pad(number: number): string {
  return PADDED[number] as string
}
