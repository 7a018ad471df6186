import { describe, expect, it } from 'vitest'
import { Deadline } from '../../src/support/deadline.js'
import { Deferred } from '../step/deferred.js'

describe('a deadline', () => {
  it('passes once, and tells whoever asked, also afterwards', () => {
    const deadline = new Deadline()
    const told: unknown[] = []
    deadline.onPassed((reason) => told.push(['first', reason]))
    deadline.onPassed((reason) => told.push(['never', reason]))()
    deadline.assertNotPassed()
    expect([deadline.passed, deadline.reason]).toEqual([false, undefined])
    deadline.pass('late')
    deadline.pass('later')
    deadline.onPassed((reason) => told.push(['after', reason]))
    expect(told).toEqual([
      ['first', 'late'],
      ['after', 'late'],
    ])
    expect([deadline.passed, deadline.reason]).toEqual([true, 'late'])
    expect(() => deadline.assertNotPassed()).toThrow('late')
  })

  it('gives what comes before it, values as they are', async () => {
    const deadline = new Deadline()
    expect(deadline.race(1)).toBe(1)
    expect(await deadline.race(Promise.resolve(2))).toBe(2)
    await expect(deadline.race(Promise.reject(new Error('own')))).rejects.toThrow('own')
  })

  it('ends the waiting, and drops what comes later', async () => {
    const deadline = new Deadline()
    const works = [new Deferred<number>(), new Deferred<number>()]
    const waiting = Promise.allSettled(works.map(({ promise }) => deadline.race(promise)))
    const reason = new Error('late')
    deadline.pass(reason)
    works[0]!.resolve(1)
    works[1]!.reject(new Error('dropped'))
    expect(await waiting).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ])
    await expect(deadline.race(Promise.resolve(3))).rejects.toBe(reason)
  })
})
