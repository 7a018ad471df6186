import { JobOperator, MemoryJobRepository, type OwnerRequest } from 'chunkwise'
import { ManualClock } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { settle } from '../step/deferred.js'
import { commitOne, gated } from './plain-steps.js'

interface Line {
  readonly fields: Record<string, unknown>
  readonly message: string
}

/** A repository whose owners can be kept from renewing. */
class Asked extends MemoryJobRepository {
  asked = 0
  hang = false

  override async openOwner(request: OwnerRequest) {
    const session = await super.openOwner(request)
    return {
      ...session,
      held: () => {
        this.asked++
        return session.held()
      },
      renew: () => (this.hang ? new Promise<void>(() => undefined) : session.renew()),
      close: () => (this.hang ? new Promise<void>(() => undefined) : session.close()),
    }
  }
}

/** A manual clock that can jump, as time does for a process that is kept from running. */
class Blocking extends ManualClock {
  skew = 0

  override monotonic(): number {
    return super.monotonic() + this.skew
  }
}

function setUp() {
  const clock = new Blocking()
  const repository = new Asked({ clock })
  const lines: Line[] = []
  const log = (fields: object | string, message?: string): void => {
    lines.push({ fields: fields as Record<string, unknown>, message: message ?? '' })
  }
  const logger = { debug: () => undefined, info: () => undefined, warn: log, error: log }
  const make = () => new JobOperator({ repository, clock, logger, stopPollInterval: '500ms' })
  return { clock, repository, make, lines }
}

describe('a stop asked by another process', () => {
  it('reaches a step that commits nothing, within stopPollInterval', async () => {
    const { clock, make } = setUp()
    const [operator, other] = [make(), make()]
    const work = gated()
    const handle = await operator.start(work.job)
    await clock.advance('2s')
    expect(await other.stop(handle.execution.id)).toBe(true)
    await expect(other.start(work.job)).rejects.toMatchObject({ code: 'BATCH_JOB_ALREADY_RUNNING' })
    expect(work.runtimes[0]?.context.signal.aborted).toBe(false)
    await clock.advance('500ms')
    expect((await handle.result).status).toBe('STOPPED')
    expect(await other.stop(handle.execution.id)).toBe(false)
    await Promise.all([operator.close(), other.close()])
  })

  it('leaves it STOPPING, and keeps others from starting it, until the step has really ended', async () => {
    const { clock, make } = setUp()
    const [operator, other] = [make(), make()]
    const work = gated(false)
    const handle = await operator.start(work.job)
    await other.stop(handle.execution.id)
    await clock.advance('10s')
    expect(work.runtimes[0]?.context.signal.reason).toMatchObject({ code: 'BATCH_STOP_REQUESTED' })
    expect((await other.execution(handle.execution.id))?.status).toBe('STOPPING')
    await expect(other.start(work.job)).rejects.toMatchObject({ code: 'BATCH_JOB_ALREADY_RUNNING' })
    work.gate.reject(work.runtimes[0]?.context.signal.reason)
    expect((await handle.result).status).toBe('STOPPED')
    await Promise.all([operator.close(), other.close()])
  })
})

describe('the repository', () => {
  it('is asked only while something runs, with one query for all of it', async () => {
    const { clock, repository, make } = setUp()
    const operator = make()
    const [first, second] = [gated(), gated()]
    const handle = await operator.start(first.job)
    const other = await operator.start({ ...second.job, name: 'second' })
    await clock.advance('5s')
    expect(repository.asked).toBe(10)
    first.gate.resolve()
    second.gate.resolve()
    await Promise.all([handle.result, other.result])
    const { asked } = repository
    await clock.advance('9s')
    expect(repository.asked).toBe(asked)
    await operator.close()
  })
})

describe('a lease that was taken', () => {
  it.each([false, true])('aborts the execution, also when a stop was asked before (%s)', async (stopFirst) => {
    const { clock, repository, make } = setUp()
    const [operator, other] = [make(), make()]
    const work = gated(false)
    const handle = await operator.start(work.job)
    await settle()
    if (stopFirst) void handle.stop()
    await settle()
    const seen = await repository.findLease(handle.execution.jobInstance.id)
    expect(seen !== undefined && (await repository.takeOver(seen, 'somebody'))).toBe(true)
    await clock.advance('500ms')
    const [runtime] = work.runtimes
    expect(runtime?.context.signal.aborted).toBe(true)
    expect(runtime?.ownershipLost()).toMatchObject({ code: 'BATCH_OWNERSHIP_LOST' })
    await expect(runtime && commitOne(runtime)).rejects.toMatchObject({ code: 'BATCH_OWNERSHIP_LOST' })
    work.gate.reject(runtime?.context.signal.reason)
    const execution = await handle.result
    expect(execution.status).toBe('FAILED')
    expect(execution.stepExecutions).toMatchObject([{ failures: [{ code: 'BATCH_OWNERSHIP_LOST' }] }])
    await Promise.all([operator.close(), other.close()])
  })
})

describe('a blocked event loop', () => {
  it.each([40_000, 11_000])(
    'is told with how long it was blocked (%i ms); what is ours stays ours',
    async (blocked) => {
      const { clock, make, lines } = setUp()
      const operator = make()
      const work = gated()
      const handle = await operator.start(work.job)
      await clock.advance('9s')
      clock.skew = blocked
      await clock.advance('2s')
      expect(lines).toMatchObject([{ fields: { blockedFor: blocked } }])
      await clock.advance('1s')
      work.gate.resolve()
      expect((await handle.result).status).toBe('COMPLETED')
      await operator.close()
    },
  )

  it('is not told when a beat is only a little late', async () => {
    const { clock, make, lines } = setUp()
    const operator = make()
    const work = gated()
    const handle = await operator.start(work.job)
    await clock.advance('9s')
    clock.skew = 9_000
    await clock.advance('2s')
    work.gate.resolve()
    await handle.result
    expect(lines).toEqual([])
    await operator.close()
  })
})

it('close does not wait for ever for a renewal that hangs', async () => {
  const { clock, repository, make } = setUp()
  const operator = make()
  const work = gated()
  work.gate.resolve()
  await operator.run(work.job)
  repository.hang = true
  await clock.advance('10s')
  let closed = false
  const closing = operator.close().then(() => (closed = true))
  await clock.advance('4999ms')
  expect(closed).toBe(false)
  await clock.advance('1ms')
  await closing
})
