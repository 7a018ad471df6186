import { expect, it } from 'vitest'
import { Mutex } from '../../src/support/mutex.js'

it('tasks run one at a time, in the order they were given', async () => {
  const mutex = new Mutex()
  const events: string[] = []
  let running = 0
  const task = async (name: string): Promise<string> => {
    expect(++running).toBe(1)
    events.push(`${name} begins`)
    await Promise.resolve()
    await Promise.resolve()
    events.push(`${name} ends`)
    running--
    return name
  }
  const results = await Promise.all([mutex.run(() => task('a')), mutex.run(() => task('b')), mutex.run(() => 'c')])
  expect(results).toEqual(['a', 'b', 'c'])
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
})

it('a task that fails is told, and the next one runs', async () => {
  const mutex = new Mutex()
  const failing = mutex.run(() => {
    throw new Error('no')
  })
  const next = mutex.run(() => 'yes')
  await expect(failing).rejects.toThrow('no')
  await expect(next).resolves.toBe('yes')
})
