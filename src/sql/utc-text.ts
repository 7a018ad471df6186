const MILLISECONDS_A_DAY = 86_400_000
const YEAR_0001 = -62_135_596_800_000
const YEAR_10000 = 253_402_300_800_000

/** 0 to 99 as two digits. */
export const PADDED: readonly string[] = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'))

let lastDay = NaN
let lastDayText = ''

/**
 * What a clock in UTC shows at a time: `2024-02-29 10:00:00.123`, or without the fraction of a whole second. `undefined`
 * outside of the years 1 to 9999.
 */
export function utcText(time: number): string | undefined {
  if (!(time >= YEAR_0001 && time < YEAR_10000)) return undefined
  const day = Math.floor(time / MILLISECONDS_A_DAY)
  if (day !== lastDay) {
    lastDayText = new Date(time).toISOString().slice(0, 10)
    lastDay = day
  }
  const milliseconds = time - day * MILLISECONDS_A_DAY
  const seconds = (milliseconds / 1000) | 0
  const clock = `${PADDED[(seconds / 3600) | 0]}:${PADDED[((seconds / 60) | 0) % 60]}:${PADDED[seconds % 60]}`
  const rest = milliseconds - seconds * 1000
  return rest === 0 ? `${lastDayText} ${clock}` : `${lastDayText} ${clock}.${String(rest).padStart(3, '0')}`
}
