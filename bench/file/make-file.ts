import { closeSync, openSync, writeSync } from 'node:fs'

/** Writes a delimited file of about `megabytes`, ten columns with a header, and returns the number of its records. */
export function makeFile(path: string, megabytes: number): number {
  const file = openSync(path, 'w')
  let seed = 1
  const next = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
    return seed % below
  }
  let size = writeSync(file, 'id,user_name,email,born,amount,country,city,active,score,note\n')
  let records = 0
  while (size < megabytes * 1e6) {
    const lines: string[] = []
    for (let line = 0; line < 2000; line++) {
      records++
      const day = `19${50 + next(50)}-0${1 + next(9)}-1${next(10)}`
      const person = `${records},user_${next(100_000)},user${next(1_000_000)}@example.org,${day}`
      const rest = `DE,Stuttgart,${next(2) === 0 ? 'true' : 'false'},${next(1000)},some text of a note ${next(1000)}`
      lines.push(`${person},${next(100_000)}.${10 + next(90)},${rest}\n`)
    }
    size += writeSync(file, lines.join(''))
  }
  closeSync(file)
  return records
}
