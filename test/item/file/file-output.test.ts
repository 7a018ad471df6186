import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, open as openFile, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { FileOutput, type OutputOptions } from '../../../src/item/file/file-output.js'
import type { OutputPlace } from '../../../src/item/file/fingerprint.js'
import { onFile, writeBytes } from '../../../src/item/file/write-bytes.js'
import { temporaryFolder } from './temporary-folder.js'

const path = temporaryFolder()
let number = 0

const options = (given: Partial<OutputOptions> = {}): OutputOptions => ({
  owner: 'test',
  path: path(`out-${++number}`),
  append: false,
  atomic: false,
  forceSync: false,
  ...given,
})
const open = (given: OutputOptions, committed?: OutputPlace) => FileOutput.open(given, committed)
const text = (given: OutputOptions) => readFile(given.path, 'utf8')

describe('a file as an output', () => {
  it.each([false, true])('begins empty, whatever was there (forceSync: %s)', async (forceSync) => {
    const given = options({ forceSync })
    await writeFile(given.path, 'old content')
    const output = await open(given)
    await output.append(Buffer.from('a\n'))
    await output.append(Buffer.from('b\n'))
    await output.close()
    expect([await text(given), output.length]).toEqual(['a\nb\n', 4])
  })

  it('is cut off at the committed place when it is opened there', async () => {
    const given = options()
    const first = await open(given)
    await first.append(Buffer.from('committed\n'))
    const place = JSON.parse(JSON.stringify(first.place())) as OutputPlace
    await first.append(Buffer.from('not committed\n'))
    // The process dies: nothing is closed in order.
    const second = await open(given, place)
    await second.append(Buffer.from('next\n'))
    await second.complete(Buffer.from('end\n'))
    await first.close()
    expect(await text(given)).toBe('committed\nnext\nend\n')
  })

  it('returns to a place, and writes on from there', async () => {
    const given = options()
    const output = await open(given)
    await output.append(Buffer.alloc(10_000, 'a'))
    const place = output.place()
    await output.append(Buffer.from('wrong'))
    await output.returnTo(place)
    expect([output.place(), await text(given)]).toEqual([place, 'a'.repeat(10_000)])
    await output.append(Buffer.from('b'))
    const later = output.place()
    await output.close()
    const again = await open(given, later)
    expect(again.place()).toEqual(later)
    await again.close()
  })

  it('ends once more when the process died behind its end', async () => {
    const given = options()
    const first = await open(given)
    await first.append(Buffer.from('a\n'))
    const place = first.place()
    await first.complete(Buffer.from('end\n'))
    const second = await open(given, place)
    await second.complete(Buffer.from('end\n'))
    expect(await text(given)).toBe('a\nend\n')
  })

  it.each([
    ['missing', (file: string) => rm(file)],
    ['shorter', (file: string) => truncate(file, 3)],
    ['before-position', (file: string) => writeFile(file, 'other\n and longer')],
  ])('that has lost what was committed is refused: %s', async (change, edit) => {
    const given = options()
    const first = await open(given)
    await first.append(Buffer.from('record\n'))
    await first.close()
    await edit(given.path)
    await expect(open(given, first.place())).rejects.toMatchObject({
      code: 'BATCH_FILE_CHANGED',
      change,
      file: given.path,
    })
  })

  it('that cannot be written is refused with its reason', async () => {
    await mkdir(path('folder'))
    execFileSync('mkfifo', [path('fifo')])
    const refused = (file: string, reason: string) =>
      expect(open(options({ path: file }))).rejects.toMatchObject({
        code: 'BATCH_FILE_ACCESS',
        message: expect.stringContaining(reason) as string,
      })
    await refused(path('folder'), 'is a directory')
    await refused(path('fifo'), 'is no plain file')
    await refused(path('nowhere/file'), 'is not there')
    await refused('/dev/full', 'is no plain file')
  })

  it('on a full disk fails with a reason', async () => {
    const full = await openFile('/dev/full', 'w')
    const writing = onFile('test', '/dev/full', 'written', () => writeBytes(full, Buffer.from('a'), 0))
    await expect(writing).rejects.toMatchObject({
      code: 'BATCH_FILE_ACCESS',
      message: 'test: "/dev/full" cannot be written: no space is left',
    })
    await full.close()
  })
})

describe('an output that is appended to', () => {
  const append = async () => {
    const given = options({ append: true })
    await writeFile(given.path, 'old\n')
    return given
  }

  it('keeps what was there', async () => {
    const given = await append()
    const output = await open(given)
    await output.append(Buffer.from('new\n'))
    await output.complete(Buffer.alloc(0))
    expect(await text(given)).toBe('old\nnew\n')
  })

  it('keeps nothing of what stands behind its first place', async () => {
    const given = await append()
    const dead = await open(given)
    const first = dead.place()
    await dead.append(Buffer.from('not committed\n'))
    await dead.complete(Buffer.from('end\n'))
    const output = await open(given, first)
    await output.append(Buffer.from('new\n'))
    await output.complete(Buffer.from('end\n'))
    expect(await text(given)).toBe('old\nnew\nend\n')
  })
})

describe('an atomic output', () => {
  it('is seen when it is complete, and not before', async () => {
    const given = options({ atomic: true })
    await writeFile(given.path, 'yesterday')
    const output = await open(given)
    await output.append(Buffer.from('today'))
    expect(await text(given)).toBe('yesterday')
    await output.complete(Buffer.from('.'))
    expect([await text(given), existsSync(`${given.path}.part`)]).toEqual(['today.', false])
  })

  it('goes on in its part after the process died before the renaming', async () => {
    const given = options({ atomic: true })
    const dead = await open(given)
    await dead.append(Buffer.from('a\n'))
    const place = dead.place()
    await dead.append(Buffer.from('not committed\n'))
    const output = await open(given, place)
    expect(existsSync(given.path)).toBe(false)
    await output.complete(Buffer.from('end\n'))
    await dead.close()
    expect(await text(given)).toBe('a\nend\n')
  })

  it('is ended once more, and stays seen, after the process died behind the renaming', async () => {
    const given = options({ atomic: true })
    const dead = await open(given)
    await dead.append(Buffer.from('a\n'))
    const place = dead.place()
    await dead.complete(Buffer.from('end\n'))
    // A copy that was cut short by another death does no harm.
    await writeFile(`${given.path}.part.copy`, 'a')
    const output = await open(given, place)
    expect(await text(given)).toBe('a\nend\n')
    await output.complete(Buffer.from('end\n'))
    expect([await text(given), existsSync(`${given.path}.part`)]).toEqual(['a\nend\n', false])
  })

  it('does not take a foreign file for what it has renamed', async () => {
    const given = options({ atomic: true })
    const dead = await open(given)
    await dead.append(Buffer.from('a\n'))
    const place = dead.place()
    await dead.close()
    await rm(`${given.path}.part`)
    await expect(open(given, place)).rejects.toMatchObject({ change: 'missing' })
    await writeFile(given.path, 'foreign content')
    await expect(open(given, place)).rejects.toMatchObject({ change: 'before-position' })
    expect(await text(given)).toBe('foreign content')
  })
})
