import { FlatFileItemReader, JsonLinesItemReader } from 'chunkwise/file'
import { describe, expect, it } from 'vitest'
import { context, inPieces, readAll, readText } from './reading.js'

describe('the last record of a flat file', () => {
  const required = { columns: ['a', 'b'], lastLineBreak: 'required' } as const
  const truncated = { code: 'BATCH_FILE_TRUNCATED', file: 'the stream' }

  it('needs no line break', async () => {
    expect(await readText('1,a\n2,b', { columns: ['a', 'b'] })).toMatchObject({ items: [{}, { b: 'b' }], errors: [] })
  })

  it('is refused without one where it is required, after the records before it', async () => {
    for (const size of [1, 2, 99]) {
      const reader = new FlatFileItemReader({ ...required, resource: inPieces(Buffer.from('1,a\n2,"b"'), [size]) })
      await reader.open(undefined, context())
      expect(await reader.readChunk(9, context())).toEqual([{ a: '1', b: 'a' }])
      const position = reader.position()
      for (let call = 0; call < 2; call++) {
        await expect(async () => reader.readChunk(9, context())).rejects.toMatchObject({
          ...truncated,
          line: 2,
          byteOffset: 4,
          text: '2,"b"',
        })
      }
      await reader.close()
      const whole = inPieces(Buffer.from('1,a\n2,"b and all"\n'), [size])
      expect((await readAll(new FlatFileItemReader({ ...required, resource: whole }), position)).items).toEqual([
        { a: '2', b: 'b and all' },
      ])
    }
  })

  it.each([
    ['a cut before its last field', '1,a\n2'],
    ['a cut in a field in quotes', '1,a\n2,"b\nc'],
    ['a cut in a character', Buffer.from('1,a\n2,é').subarray(0, -1)],
  ])('is refused for %s', async (_name, content) => {
    const reader = new FlatFileItemReader({ ...required, resource: inPieces(Buffer.from(content), [3]) })
    await reader.open(undefined, context())
    expect(await reader.readChunk(9, context())).toEqual([{ a: '1', b: 'a' }])
    await expect(async () => reader.readChunk(9, context())).rejects.toMatchObject({ ...truncated, line: 2 })
  })

  it.each([
    ['\n', '1,a\n2,"b"\n', {}],
    ['\r', '1,a\r2,b\r', {}],
    ['\r\n and blank lines', '1,a\r\n2,b\r\n\r\n', {}],
    ['a separator', '1,a;2,b;', { recordSeparator: ';' }],
    ['a separator and a line break', '1,a;2,b;\r\n', { recordSeparator: ';' }],
    ['nothing in it', '', {}],
  ])('is whole with %s', async (_name, text, given) => {
    const { items, errors } = await readText(text, { ...required, ...given })
    expect([items.length, errors]).toEqual([text === '' ? 0 : 2, []])
  })

  it('is refused in all that a file may be', async () => {
    const cut = async (text: string, given: object) => {
      const reading = readText(text, { ...required, ...given })
      await expect(reading.then(({ errors }) => Promise.reject(errors[0] as Error))).rejects.toMatchObject(truncated)
    }
    await cut('1,a;2,b\n', { recordSeparator: ';\n' })
    await cut('1a\n2', { columns: { a: { width: 1 }, b: { width: 1 } } })
    await cut('a,b', { header: true })
    await cut('title', { skipLines: 1 })
    await cut('1,a\n# com', { comment: '#' })
    await cut(`1,a\n2,${'x'.repeat(500)}`, { maxRecordBytes: 100 })
  })

  it('is refused in JSON Lines too', async () => {
    const resource = inPieces(Buffer.from('{"id":12}\n34'), [3])
    const reader = new JsonLinesItemReader<unknown>({ resource, lastLineBreak: 'required' })
    await reader.open(undefined, context())
    expect(await reader.readChunk(9, context())).toEqual([{ id: 12 }])
    await expect(async () => reader.readChunk(9, context())).rejects.toMatchObject({ ...truncated, line: 2 })
  })

  it('costs nothing but itself where wrong quotes stand before it', async () => {
    const { items, errors } = await readText('1,"a\n2,b\n3,c\n', required)
    expect([items.length, errors]).toMatchObject([2, [{ code: 'BATCH_FLAT_FILE_PARSE', line: 1 }]])
  })
})
