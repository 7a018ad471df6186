import { JsonItemReader, XmlItemReader } from 'chunkwise/file'
import { describe, expect, it, vi } from 'vitest'
import { context, inPieces } from './reading.js'

const notInstalled = vi.hoisted(() => (): never => {
  throw new Error('Cannot find package')
})
vi.mock('@streamparser/json', notInstalled)
vi.mock('saxes', notInstalled)

const resource = inPieces(Buffer.from('[]'), [2])

describe('a package that is not installed', () => {
  it.each([
    ['@streamparser/json', new JsonItemReader({ resource })],
    ['saxes', new XmlItemReader({ resource, element: 'a' })],
  ])('%s is named when a reader that needs it is opened', async (name, reader) => {
    const opened = reader.open(undefined, context())
    await expect(opened).rejects.toMatchObject({ code: 'BATCH_MISSING_PACKAGE', package: name })
    await reader.close()
  })
})
