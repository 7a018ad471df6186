import { chunkStep, InvalidOptionError, job, type Logger, loggingListener, taskletStep } from 'chunkwise'
import { ManualClock, runJob } from 'chunkwise/testing'
import { describe, expect, test } from 'vitest'
import { numbers } from '../step/deferred.js'

/** A logger that keeps its lines, with a clock. */
function logs() {
  const lines: [level: string, message: string, fields: object][] = []
  const level = (name: string) => (fields: object | string, message?: string) =>
    void lines.push([name, message ?? '', fields as object])
  const logger: Logger = { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') }
  const clock = new ManualClock()
  return { lines, clock, listener: loggingListener(logger, { clock }) }
}

describe('the logging listener', () => {
  test('says in a line each what begins and ends, with counts and durations', async () => {
    const { lines, clock, listener } = logs()
    const load = chunkStep('load', {
      chunkSize: 2,
      reader: numbers(5),
      processor: (item) => (item === 2 ? null : item),
      writer: () => clock.advance('20s'),
      listeners: [listener],
    })
    const call = taskletStep('call', () => 'FINISHED' as const, { listeners: [listener] })
    const nightly = job('nightly', { listeners: [listener] })
      .start(load)
      .next(call)
      .build()
    const execution = await runJob(nightly, {}, { clock })
    expect(lines.map(([level, message]) => `${level} ${message}`)).toEqual([
      'info job nightly started',
      'info step load started',
      'info step load completed after 1 min 0 s: 5 read, 4 written, 1 filtered',
      'info step call started',
      'info step call completed after 0 ms: 0 read, 0 written',
      'info job nightly completed after 1 min 0 s',
    ])
    expect(lines[2]?.[2]).toMatchObject({
      step: 'load',
      jobExecutionId: execution.id,
      status: 'COMPLETED',
      duration: 60_000,
      read: 5,
      filter: 1,
    })
  })

  test('says each skip, each retry and what has failed, and nothing of the items', async () => {
    const { lines, listener } = logs()
    let attempts = 0
    const load = chunkStep('load', {
      chunkSize: 1,
      reader: ['secret 1', 'secret 2', 'secret 3'],
      processor: (item) => {
        if (item === 'secret 2') throw new TypeError('cannot be read')
        return item
      },
      writer: ([item]) => {
        if (item === 'secret 3' && attempts++ === 0) throw new RangeError('busy')
        if (item === 'secret 3') throw new Error('full')
      },
      retry: { maxAttempts: 2, on: [RangeError], backoff: { initial: 0 } },
      skip: { limit: 1, on: [TypeError] },
      listeners: [listener],
    })
    await runJob(
      job('nightly', { listeners: [listener] })
        .start(load)
        .build(),
      {},
    )
    expect(lines.map(([level, message]) => `${level} ${message}`)).toEqual([
      'info job nightly started',
      'info step load started',
      'warn step load skipped what failed in process: cannot be read',
      'warn step load tries write again at once, attempt 1 failed: busy',
      'error step load failed after 0 ms: 2 read, 1 written, 1 skipped, 2 rolled back',
      'error job nightly failed after 0 ms',
    ])
    expect(lines[4]?.[2]).toMatchObject({ error: new Error('full') })
    expect(JSON.stringify(lines)).not.toContain('secret')
  })

  test('needs a logger', () => {
    expect(() => loggingListener({} as never)).toThrow(InvalidOptionError)
  })
})
