import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionCheck } from '../../../src/domain/check-option.js'
import { checkResource, type FileResource, type FileResourceOptions } from '../../../src/item/file/file-resource.js'
import { FileSource } from '../../../src/item/file/file-source.js'
import { temporaryFolder } from './temporary-folder.js'

const path = temporaryFolder()
const content = Buffer.from(Array.from({ length: 120_000 }, (_, index) => `line ${index}\n`).join(''))

const open = (options: FileResourceOptions) => FileSource.open('test', checkResource(new OptionCheck('test'), options))

async function rest(source: FileSource, used = 0): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let block = await source.next(used); block !== undefined; block = await source.next(source.offset)) {
    parts.push(Buffer.from(block))
  }
  return Buffer.concat(parts)
}

/** The place behind the first block that reaches `offset`, after what was read before is forgotten. */
async function placeAt(resource: FileResource, offset: number) {
  const source = await open({ resource })
  while (source.offset < offset) await source.next(Math.min(source.offset, offset))
  const place = source.place(offset)
  await source.close()
  return JSON.parse(JSON.stringify(place)) as typeof place
}

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('a file as a source', () => {
  it('is read from a path, a URL, a gzip file and a stream', async () => {
    await writeFile(path('plain'), content)
    await writeFile(
      path('packed.GZ'),
      Buffer.concat([gzipSync(content.subarray(0, 999)), gzipSync(content.subarray(999))]),
    )
    const resources: FileResource[] = [
      path('plain'),
      pathToFileURL(path('plain')),
      path('packed.GZ'),
      () => createReadStream(path('plain')),
      () => inPieces(content, 1001),
      async () => Promise.resolve(Readable.from([new Uint8Array(content)])),
    ]
    for (const resource of resources) {
      const source = await open({ resource })
      expect((await rest(source)).equals(content)).toBe(true)
      await source.close()
    }
    const source = await open({ resource: () => inPieces(gzipSync(content), 77), compression: 'gzip' })
    expect((await rest(source)).equals(content)).toBe(true)
  })

  it('goes on at any place, whatever was read of it before', async () => {
    await writeFile(path('plain'), content)
    await writeFile(path('packed.gz'), gzipSync(content))
    const resources: FileResource[] = [path('plain'), path('packed.gz'), () => inPieces(content, 50_000)]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...resources),
        fc.oneof(fc.nat(content.length), fc.constantFrom(0, 1, 65_536, 262_144, content.length)),
        fc.nat(3),
        async (resource, offset, blocksBefore) => {
          const place = await placeAt(resource, offset)
          const source = await open({ resource })
          for (let block = 0; block < blocksBefore; block++) await source.next(0)
          await source.resume(place)
          expect(source.offset).toBe(offset)
          expect((await rest(source, offset)).equals(content.subarray(offset))).toBe(true)
          await source.close()
        },
      ),
      { numRuns: 40 },
    )
  })

  it('that has changed behind the place only, in length too, or has another time, is the same', async () => {
    const file = path('grown')
    for (const behind of ['two\nthree\n', '2\n', '', 'corrected\n']) {
      await writeFile(file, 'one\ntwo\n')
      const place = await placeAt(file, 4)
      await writeFile(file, `one\n${behind}`)
      await utimes(file, 1, 1)
      const source = await open({ resource: file })
      await source.resume(place)
      expect(String(await rest(source, 4))).toBe(behind)
      await source.close()
    }
  })

  it('that has one other byte is refused where it stands before the place, and is the same behind it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.integer({ min: 1, max: 70_000 }), fc.constantFrom(65_535, 65_536, 65_537)),
        fc.integer({ min: 0, max: 65_535 }),
        async (offset, changed) => {
          const place = await placeAt(() => inPieces(content, 50_000), offset)
          const other = Buffer.from(content)
          other[changed] = 0
          const source = await open({ resource: () => inPieces(other, 30_000) })
          const resumed = source.resume(place)
          if (changed >= offset) await resumed
          else await expect(resumed).rejects.toMatchObject({ code: 'BATCH_FILE_CHANGED', change: 'beginning' })
          await source.close()
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([
    [
      'shorter',
      'it has 499999 bytes, and reading stopped at byte 500000',
      (bytes: Buffer) => bytes.subarray(0, 499_999),
    ],
    ['beginning', 'its first 65536 bytes are others', (bytes: Buffer) => Buffer.from(bytes.fill('x', 5, 6))],
    [
      'before-position',
      'the 4096 bytes before byte 500000, where reading stopped, are others',
      (bytes: Buffer) => Buffer.from(bytes.fill('x', 497_000, 497_001)),
    ],
  ])('that has changed is refused: %s', async (change, detail, edit) => {
    const file = path(`changed-${change}`)
    await writeFile(file, content)
    const place = await placeAt(file, 500_000)
    await writeFile(file, edit(Buffer.from(content)))
    const source = await open({ resource: file })
    await expect(source.resume(place)).rejects.toMatchObject({
      code: 'BATCH_FILE_CHANGED',
      change,
      file,
      message: `test cannot go on in ${JSON.stringify(file)}, which has changed: ${detail}`,
    })
    await source.close()
  })

  it('that is a stream and ends before the place is refused', async () => {
    const place = await placeAt(() => inPieces(content, 5000), 500_000)
    const source = await open({ resource: () => inPieces(content.subarray(0, 400_000), 5000) })
    await expect(source.resume(place)).rejects.toMatchObject({ code: 'BATCH_FILE_CHANGED', change: 'shorter' })
  })

  it('that cannot be read is refused with its reason', async () => {
    await mkdir(path('folder'), { recursive: true })
    execFileSync('mkfifo', [path('fifo')])
    await writeFile(path('broken.gz'), gzipSync(content).subarray(0, 1000))
    await writeFile(path('no.gz'), 'no gzip')
    const refusal = (resource: FileResource) =>
      open({ resource }).then(
        (source) => rest(source),
        (error: unknown) => Promise.reject(error as Error),
      )
    const cases: [FileResource, string][] = [
      [path('missing'), 'is not there'],
      [path('missing.gz'), 'is not there'],
      [path('folder'), 'is a directory'],
      [path('fifo'), 'is no plain file'],
      [path('broken.gz'), 'is no whole gzip file'],
      [path('no.gz'), 'is no whole gzip file'],
      [() => createReadStream(path('missing')), 'is not there'],
      [() => Readable.from(['text']) as never, 'gives no bytes'],
      [() => 5 as never, 'is no stream of bytes'],
    ]
    for (const [resource, reason] of cases) {
      await expect(refusal(resource)).rejects.toMatchObject({
        code: 'BATCH_FILE_ACCESS',
        message: expect.stringContaining(reason) as string,
      })
    }
  })

  it('that keeps its reader waiting can be left by a signal, and nothing is lost', async () => {
    let answer = (_bytes: Uint8Array): void => undefined
    const first = new Promise<Uint8Array>((resolve) => (answer = resolve))
    const source = await open({
      resource: async function* () {
        yield await first
      },
    })
    const abort = new AbortController()
    const read = source.next(0, abort.signal)
    abort.abort(new Error('stop'))
    await expect(read).rejects.toThrow('stop')
    answer(Buffer.from('late'))
    expect(String(await source.next(0))).toBe('late')
  })

  it.each([[5], [''], ['a\0b'], [new URL('https://example.org/a.csv')], [undefined]])('is not %s', async (resource) => {
    await expect(async () => open({ resource: resource as never })).rejects.toMatchObject({
      code: 'BATCH_INVALID_OPTION',
      option: 'test.resource',
    })
  })
})
