import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { isPoison, ROWS } from './copy-database.js'

/** Writes a file with the rows of `source`, and with all that makes bytes, lines and records differ. */
export function writeSource(path: string): void {
  const records = Array.from({ length: ROWS }, (_, index) => {
    const id = index + 1
    const payload = id % 3 === 0 ? `"row ${id}"` : `row ${id}`
    const note = id % 4 === 0 ? `"a ""note"" – ☃,\n#${id}"` : ''
    const comment = id % 10 === 0 ? '# no record\r\n\r\n' : ''
    return `${id},${note},${payload}\r\n${comment}`
  })
  writeFileSync(path, `\ufeffid,note,payload\r\n${records.join('')}`)
}

/** The rows that a worker is to write, as lines, with the header and the last line. */
export function wantedText({ skips = false }: { readonly skips?: boolean } = {}): string {
  const ids = numbers().filter((id) => id % 5 !== 0 && !(skips && isPoison(id)))
  return text('id,payload', (id) => `${id},ROW ${id}`, ids)
}

/** The dead letters of the rows that are refused. */
export function wantedLetters(): string {
  return text('id,phase', (id) => `${id},write`, numbers().filter(isPoison))
}

/** What a file says; a packed one is unpacked. `undefined` where it is not there. */
export function textOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  const bytes = readFileSync(path)
  return (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString()
}

function text(header: string, line: (id: number) => string, ids: readonly number[]): string {
  return [header, ...ids.map(line), `# ${ids.length}`].join('\n') + '\n'
}

function numbers(): readonly number[] {
  return Array.from({ length: ROWS }, (_, index) => index + 1)
}
