import { appendFileSync, createReadStream, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { FlatFileItemReader } from 'chunkwise/file'
import { describe, expect, it } from 'vitest'
import { context, inPieces, readAll, readText } from './reading.js'
import { temporaryFolder } from './temporary-folder.js'

const path = temporaryFolder()
const MEGABYTE = 1024 * 1024

/** How much more memory the process has at the end than at the beginning, in bytes. */
async function grown(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss()
  await work()
  return process.memoryUsage.rss() - before
}

/** A line of many megabytes between two good ones. */
async function* longLine(megabytes: number, begin: string) {
  yield Buffer.from(`a\n1\n${begin}`)
  const megabyte = Buffer.alloc(MEGABYTE, 'x')
  for (let count = 0; count < megabytes; count++) yield megabyte
  yield Buffer.from('\n2\n')
}

describe('a hostile file', { timeout: 120_000 }, () => {
  it('with a line of 300 MB is read around it, in little memory', async () => {
    const used = await grown(async () => {
      const { items, errors } = await readAll(
        new FlatFileItemReader({ resource: () => longLine(300, ''), header: true }),
      )
      expect(items).toEqual([{ a: '1' }, { a: '2' }])
      expect(errors).toMatchObject([
        { line: 3, column: 1, byteOffset: 4, message: expect.stringContaining('more than 1048576 bytes') as string },
      ])
      expect((errors[0] as { text: string }).text).toHaveLength(200)
    })
    expect(used).toBeLessThan(150 * MEGABYTE)
  })

  it('with a quote that is never closed costs the line it is on', async () => {
    const lines = Array.from({ length: 300_000 }, (_, index) => `${index},name\n`)
    lines[1000] = '1000,"name\n'
    const { items, errors } = await readText(lines.join(''), { columns: { id: 'long', name: 'string' } })
    expect(items).toHaveLength(299_999)
    expect(errors).toMatchObject([
      { line: 1001, byteOffset: 8890, message: expect.stringContaining('is a quote not closed?') as string },
    ])
  })

  it('with a quote open at its end costs the line it is on', async () => {
    const { items, errors } = await readText('1\n"2\n3\n', { columns: ['a'] })
    expect(items).toEqual([{ a: '1' }, { a: '3' }])
    expect(errors).toMatchObject([{ line: 2, column: 1, message: expect.stringContaining('is not closed') as string }])
  })

  it('with 200 000 columns is refused, or read where that is allowed', async () => {
    const names = Array.from({ length: 200_000 }, (_, index) => `c${index}`).join(',')
    const resource = inPieces(Buffer.from(`${names}\n${names}\n`), [65_536])
    const reader = new FlatFileItemReader({ resource, header: true })
    await expect(reader.open(undefined, context())).rejects.toMatchObject({ code: 'BATCH_FLAT_FILE_PARSE', line: 1 })
    const { items } = await readAll(new FlatFileItemReader({ resource, header: true, maxRecordBytes: 16 * MEGABYTE }))
    expect(Object.keys(items[0] as object)).toHaveLength(200_000)
  })

  it('with records around the limit is read up to it', async () => {
    const text = `${'é'.repeat(50)}\n${'é'.repeat(49)}\n${'e'.repeat(99)}\n${'e'.repeat(100)}\n"e\n${'e'.repeat(97)}"\n`
    const { items, errors } = await readText(text, { columns: ['a'], maxRecordBytes: 100 })
    expect(items).toEqual([{ a: 'é'.repeat(49) }, { a: 'e'.repeat(99) }])
    expect(errors).toMatchObject([{ line: 1 }, { line: 4 }, { line: 5 }, { line: 6 }])
  })

  it('with NUL bytes is read as it is', async () => {
    const { items } = await readText('\0,"\0"\n', { columns: ['a', 'b'] })
    expect(items).toEqual([{ a: '\0', b: '\0' }])
  })

  it('that grows while it is read is read to the end it has then', async () => {
    const file = path('growing.csv')
    const line = `${'x'.repeat(99)}\n`
    writeFileSync(file, line.repeat(6000))
    const reader = new FlatFileItemReader({ resource: file, columns: ['a'] })
    await reader.open(undefined, context())
    let count = 0
    for (;;) {
      const items = await reader.readChunk(500, context())
      count += items.length
      if (items.length === 0) break
      if (count === 500) appendFileSync(file, line.repeat(1000))
    }
    expect([count, reader.position()]).toMatchObject([7000, { offset: 700_000 }])
    await reader.close()
  })

  it('that is a FIFO is read through a function', async () => {
    execFileSync('mkfifo', [path('fifo')])
    const reading = readAll(new FlatFileItemReader({ resource: () => createReadStream(path('fifo')), columns: ['a'] }))
    await writeFile(path('fifo'), '1\n2\n')
    expect((await reading).items).toEqual([{ a: '1' }, { a: '2' }])
  })

  it('that breaks off in the middle gives what came before, and fails for good', async () => {
    const broken = async function* () {
      yield Buffer.from('1\n2\n3')
      throw new Error('the line is dead')
    }
    const reader = new FlatFileItemReader({ resource: broken, columns: ['a'] })
    await reader.open(undefined, context())
    expect(await reader.readChunk(9, context())).toEqual([{ a: '1' }, { a: '2' }])
    for (let call = 0; call < 2; call++) {
      await expect(async () => reader.readChunk(9, context())).rejects.toMatchObject({
        code: 'BATCH_FILE_ACCESS',
        cause: { message: 'the line is dead' },
      })
    }
  })
})
