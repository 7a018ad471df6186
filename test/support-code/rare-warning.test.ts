import { expect, test } from 'vitest'
import { silentLogger } from '../../src/support/logger.js'
import { warnRarely } from '../../src/support/rare-warning.js'
import { ManualClock } from '../../src/testing/manual-clock.js'

test('what happens again and again is said once in ten seconds for each message, with how often it was left out', async () => {
  const clock = new ManualClock()
  const lines: unknown[] = []
  const logger = { ...silentLogger, warn: (...line: unknown[]) => void lines.push(line) }
  for (let attempt = 1; attempt <= 3; attempt++) warnRarely({ clock, logger }, { attempt }, 'tried again')
  warnRarely({ clock, logger }, { attempt: 1 }, 'renewed')
  await clock.advance(10_000)
  warnRarely({ clock, logger }, { attempt: 4 }, 'tried again')
  expect(lines).toEqual([
    [{ attempt: 1 }, 'tried again'],
    [{ attempt: 1 }, 'renewed'],
    [{ attempt: 4, leftOut: 2 }, 'tried again'],
  ])
})
