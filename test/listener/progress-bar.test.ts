import { chunkStep, InvalidOptionError, job, type Progress, progressBar, progressListener } from 'chunkwise'
import { ManualClock, runJob } from 'chunkwise/testing'
import { describe, expect, test } from 'vitest'
import { numbers } from '../step/deferred.js'

class Screen {
  text = ''
  readonly isTTY: boolean
  readonly columns: number

  constructor(isTTY: boolean, columns = 200) {
    this.isTTY = isTTY
    this.columns = columns
  }

  write(text: string): void {
    this.text += text
  }
}

const PROGRESS: Progress = {
  jobName: 'nightly',
  jobExecutionId: 1,
  stepName: 'load',
  stepExecutionId: 1,
  status: 'STARTED',
  items: 1_500,
  total: 6_000,
  extent: undefined,
  partitions: undefined,
  fraction: 0.25,
  rate: 500,
  elapsed: 3_000,
  timeLeft: 9_000,
}

describe('a progress bar', () => {
  test('moves on a terminal, and ends with its line', () => {
    const screen = new Screen(true)
    const show = progressBar(screen, { items: 'users' })
    show(PROGRESS)
    show({ ...PROGRESS, status: 'COMPLETED', items: 6_000, fraction: 1, timeLeft: 0, elapsed: 12_000 })
    const [first, second] = screen.text.split('\r').slice(1)
    expect(first).toBe(
      `[${'█'.repeat(7)}${'░'.repeat(23)}]  25 %  load  1,500 of 6,000 users  500 a second  about 9.0 s left`,
    )
    expect(second?.trimEnd()).toBe(
      `[${'█'.repeat(30)}] 100 %  load  6,000 of 6,000 users  500 a second  COMPLETED after 12.0 s`,
    )
    expect(screen.text.endsWith('\n')).toBe(true)
  })

  test('is shorter on a narrow terminal, and its line never wider than that', () => {
    const line = (columns: number): string => {
      const screen = new Screen(true, columns)
      progressBar(screen)(PROGRESS)
      return screen.text
    }
    expect(line(80)).toBe(`\r[██${'░'.repeat(9)}]  25 %  load  1,500 of 6,000 items  500 a second  about 9.0 s left`)
    expect(line(80)).toHaveLength(1 + 79)
    expect(line(40)).toHaveLength(1 + 39)
  })

  test('of another step goes on in a line of its own', () => {
    const screen = new Screen(true)
    const show = progressBar(screen)
    for (const stepExecutionId of [1, 2, 1]) show({ ...PROGRESS, stepExecutionId, stepName: `step${stepExecutionId}` })
    expect(screen.text.split('\n').map((line) => /step\d/.exec(line)?.[0])).toEqual(['step1', 'step2', 'step1'])
  })

  test('elsewhere is a line for each tenth', async () => {
    const screen = new Screen(false)
    const clock = new ManualClock()
    const step = chunkStep('load', { chunkSize: 1, reader: numbers(40), writer: () => clock.advance('100ms') })
    const listeners = [progressListener(progressBar(screen, { prefix: '> ' }), { every: 0 })]
    await runJob(job('nightly', { listeners }).start(step).build(), {}, { clock })
    const lines = screen.text.trimEnd().split('\n')
    expect(lines.map((line) => line.slice(0, 8))).toEqual(
      [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 100].map((percent) => `> ${String(percent).padStart(3)} % `),
    )
    expect(lines.at(-1)).toBe('> 100 %  load  40 of 40 items  10 a second  COMPLETED after 4.0 s')
  })

  test.each([
    [{ total: undefined, fraction: undefined, timeLeft: undefined }, 'load  1,500 items  500 a second'],
    [
      { total: undefined, extent: { done: 1_500_000, total: 6_000_000, unit: 'bytes' } },
      ' 25 %  load  1,500 items, 1.5 MB of 6.0 MB  500 a second  about 9.0 s left',
    ],
    [
      { total: undefined, partitions: { completed: 1, total: 4 }, rate: 0, timeLeft: undefined },
      ' 25 %  load  1,500 items  1 of 4 partitions',
    ],
  ])('says what is known: %j', (known, line) => {
    const screen = new Screen(false)
    progressBar(screen)({ ...PROGRESS, ...known })
    expect(screen.text).toBe(`${line}\n`)
  })

  test('without something to write to is refused', () => {
    expect(() => progressBar({} as never)).toThrow(InvalidOptionError)
    expect(() => progressBar(new Screen(false), { bar: 1 as never })).toThrow('progressBar.bar')
  })
})
