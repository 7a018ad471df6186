import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { TurnTaker } from '../../src/support/clock.js'

/** Works without waiting for longer than a turn may be. */
function work(): void {
  const end = performance.now() + 12
  while (performance.now() < end);
}

describe('TurnTaker', () => {
  test('work that never waits gives the others their turn', async () => {
    const turns = new TurnTaker()
    let others = 0
    globalThis.setImmediate(() => others++)
    work()
    await turns.yield()
    expect(others).toBe(1)
  })

  test('work that has waited meanwhile owes nobody a turn', async () => {
    let owed = 0
    // A machine may stop for longer than a turn between two lines.
    for (let attempt = 0; attempt < 20; attempt++) {
      const turns = new TurnTaker()
      void turns.yield()
      work()
      await setImmediate()
      await setImmediate()
      if (turns.yield() !== undefined) owed++
    }
    expect(owed).toBeLessThan(20)
  })
})
