import { describe, expect, test } from 'vitest'
import { onAborted, unlessAborted } from '../../src/support/abort.js'
import { sleep, systemClock } from '../../src/support/clock.js'

describe('waiting for a signal', () => {
  test('a hundred waits on one signal are no leak to Node, and all of them end', async () => {
    const warnings: string[] = []
    const warn = (warning: Error): void => void warnings.push(warning.message)
    process.on('warning', warn)
    const stop = new AbortController()
    const never = new Promise<void>(() => undefined)
    const waits = Array.from({ length: 100 }, (_, index) =>
      index % 2 === 0 ? unlessAborted(stop.signal, never) : sleep(systemClock, 60_000, stop.signal),
    )
    const reason = new Error('stop')
    stop.abort(reason)
    for (const wait of waits) await expect(wait).rejects.toBe(reason)
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', warn)
    expect(warnings).toEqual([])
  })

  test('who has unsubscribed is not told, the others are, each once', () => {
    const stop = new AbortController()
    const told: number[] = []
    const tell = (number: number) => () => void told.push(number)
    const [first, , third] = [1, 2, 3].map((number) => onAborted(stop.signal, tell(number)))
    first?.()
    first?.()
    stop.abort()
    third?.()
    onAborted(stop.signal, tell(4))
    expect(told).toEqual([2, 3, 4])
  })

  test('a signal that nobody waits for any more can be waited for again', () => {
    const stop = new AbortController()
    let told = 0
    onAborted(stop.signal, () => told++)()
    onAborted(stop.signal, () => told++)
    stop.abort()
    expect(told).toBe(1)
  })
})
