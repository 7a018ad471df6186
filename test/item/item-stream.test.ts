import { chunkStep, IncompleteStreamError } from 'chunkwise'
import { runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'

const open = () => undefined
const position = () => 0
const close = () => undefined
const read = () => expect.fail('it was never opened')
const write = () => undefined

describe('a reader or writer that is a stream by half', () => {
  it.each<[string, object, readonly string[]]>([
    ['only open', { open }, ['position', 'close']],
    ['only close', { close }, ['open', 'position']],
    ['no position', { open, close }, ['position']],
    ['no close', { open, position }, ['close']],
    ['no open', { position, close }, ['open']],
  ])('is refused before the first read: %s', async (_what, methods, missing) => {
    for (const [part, parts] of [
      ['reader', { reader: { read, ...methods }, writer: write }],
      ['writer', { reader: { read }, writer: { write, ...methods } }],
    ] as const) {
      const { failures } = await runStep(chunkStep('half', { chunkSize: 1, ...parts } as never))
      expect(failures).toEqual([expect.any(IncompleteStreamError)])
      expect(failures).toMatchObject([{ stepName: 'half', part, missing }])
      expect(String(failures[0])).toContain(`no ${missing[0]}()`)
    }
  })
})
