import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../item/file/temporary-folder.js'
import { builtPackage } from '../restart/built-package.js'
import { migratedDatabase } from '../support/databases.js'

/** What a process writes. */
interface FullDiskOrder {
  readonly url: string
  readonly resource: string
  /** Lines of 64 bytes. */
  readonly items: number
  readonly chunkSize: number
  readonly options: Readonly<Record<string, unknown>>
}

/** What came of it. */
interface FullDiskReport {
  readonly status: string
  readonly counts: { readonly write: number; readonly commit: number; readonly rollback: number }
  readonly failures: readonly { code: string; file: string; message: string; system: string }[]
}

const path = temporaryFolder()
const file = fileURLToPath(new URL('./full-disk.mjs', import.meta.url))
const FOOTER = '# the end'
const full = 'cannot be written: the system allows no longer file'

beforeAll(builtPackage, 120_000)

// No file system has to be made for it, and no right is needed: a limit of the process stops a write as a full disk does, in
// the middle of a chunk.
describe('a file that finds no room', () => {
  test.each([
    ['a plain file', 'plain.csv', 'plain.csv', {}],
    ['a file forced to the disk', 'forced.csv', 'forced.csv', { forceSync: true }],
    ['an atomic file', 'atomic.csv', 'atomic.csv.part', { atomic: true }],
    ['a gzip file', 'packed.csv.gz', 'packed.csv.gz', {}],
  ])(
    'fails the step with its committed records and no others, and is gone on with when there is: %s',
    async (...row) => {
      const [, name, working, options] = row
      const order = await orderOf(name, 2000, options)
      const failed = await run(order, 64 * 1024)
      expect(failed).toMatchObject({
        status: 'FAILED',
        failures: [{ code: 'BATCH_FILE_ACCESS', file: path(working), system: 'EFBIG' }],
      })
      expect(failed.failures[0]?.message).toBe(`FlatFileItemWriter: ${JSON.stringify(path(working))} ${full}`)
      const { write } = failed.counts
      expect(failed.counts).toMatchObject({ commit: write / order.chunkSize, rollback: 1 })
      expect(write).toBeGreaterThan(0)
      expect(content(path(working))).toBe(lines(write))
      expect(existsSync(path(name))).toBe(name === working)

      const { status, counts } = await run(order)
      expect([status, counts.write]).toEqual(['COMPLETED', 2000 - write])
      expect(content(path(name))).toBe(`${lines(2000)}${FOOTER}\n`)
      expect(existsSync(`${path(name)}.part`)).toBe(false)
    },
  )

  test('for its footer alone fails the step too, and a restart writes nothing but the footer', async () => {
    const order = await orderOf('footer.csv', 1024, { atomic: true })
    const failed = await run(order, 64 * 1024)
    expect(failed).toMatchObject({
      status: 'FAILED',
      counts: { write: 1024, rollback: 0 },
      failures: [{ system: 'EFBIG' }],
    })
    expect(existsSync(path('footer.csv'))).toBe(false)

    expect(await run(order)).toMatchObject({ status: 'COMPLETED', counts: { write: 0 } })
    expect(content(path('footer.csv'))).toBe(`${lines(1024)}${FOOTER}\n`)
  })
})

async function orderOf(name: string, items: number, options: object): Promise<FullDiskOrder> {
  const { url } = await migratedDatabase((pool) => new PostgresJobRepository({ pool }).initializeSchema(), 'repository')
  return { url, resource: path(name), items, chunkSize: 128, options: { footer: FOOTER, ...options } }
}

/** Runs the job in a process of its own, whose files may have so many bytes. */
async function run(order: FullDiskOrder, bytes?: number): Promise<FullDiskReport> {
  // The shell counts in blocks of 512 bytes.
  const limit = bytes === undefined ? '' : `ulimit -f ${bytes / 512}; `
  const args = ['-c', `${limit}exec "$0" "$@"`, process.execPath, file, JSON.stringify(order)]
  const { stdout } = await promisify(execFile)('/bin/sh', args)
  return JSON.parse(stdout) as FullDiskReport
}

function content(at: string): string {
  const bytes = readFileSync(at)
  return String(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes)
}

/** The lines of the first items. */
function lines(count: number): string {
  const line = (id: number) => `${createHash('sha256').update(String(id)).digest('hex').slice(1)}\n`
  return Array.from({ length: count }, (_, index) => line(index + 1)).join('')
}
