import { describe, expect, test } from 'vitest'
import { Waiters } from '../../src/support/waiters.js'

describe('Waiters', () => {
  test('are told once, in the order in which they came, whoever has gone', () => {
    const waiters = new Waiters<string>()
    const told: string[] = []
    const all = ['a', 'b', 'c', 'd'].map((name) => waiters.add((said) => told.push(name + said)))
    expect(waiters.delete(all[0] as (typeof all)[number])).toBe(true)
    expect(waiters.delete(all[0] as (typeof all)[number])).toBe(false)
    waiters.tell('!')
    waiters.tell('?')
    expect(told).toEqual(['b!', 'c!', 'd!'])
    expect(waiters.size).toBe(0)
  })

  test('who comes while others are told waits for the next time, and may go meanwhile', () => {
    const waiters = new Waiters<number>()
    const told: number[] = []
    waiters.add(() => waiters.add((said) => told.push(said)))
    const going = waiters.add(() => expect(waiters.delete(going)).toBe(false))
    waiters.tell(1)
    waiters.tell(2)
    expect(told).toEqual([2])
  })

  test('the same function may wait twice', () => {
    const waiters = new Waiters()
    let told = 0
    const callback = (): void => void told++
    waiters.add(callback)
    waiters.add(callback)
    waiters.tell()
    expect(told).toBe(2)
  })
})
