import { JobOperator, MemoryJobRepository } from 'chunkwise'
import { ManualClock } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { settle } from '../step/deferred.js'
import { commitOne, gated } from './plain-steps.js'

function setUp() {
  const clock = new ManualClock()
  const repository = new MemoryJobRepository({ clock })
  const make = () => new JobOperator({ repository, clock })
  return { clock, repository, make }
}

describe('a shutdown', () => {
  it('stops what runs, waits for it, and closes the operator', async () => {
    const { clock, make } = setUp()
    const operator = make()
    const work = gated()
    const handle = await operator.start(work.job)
    const report = await operator.shutdown()
    expect(report).toEqual({ ended: [handle.execution], givenUp: [] })
    expect(handle.execution.status).toBe('STOPPED')
    await expect(operator.start(work.job)).rejects.toMatchObject({ code: 'BATCH_OPERATOR_CLOSED' })
    expect(await operator.shutdown()).toBe(report)
    await operator.close()
    expect(clock.timers).toBe(0)
  })

  it('gives up, within its grace, what does not end: it can be started elsewhere at once, and writes nothing', async () => {
    const { clock, repository, make } = setUp()
    const [operator, other] = [make(), make()]
    const stubborn = gated(false)
    const handle = await operator.start(stubborn.job)
    await settle()
    let ended = false
    const shutdown = operator.shutdown({ grace: '5s' }).finally(() => (ended = true))
    const closing = operator.close()
    await clock.advance('3s')
    expect(ended).toBe(false)
    await clock.advance('2s')
    expect(await shutdown).toEqual({ ended: [], givenUp: [handle.execution] })
    await closing
    const [runtime] = stubborn.runtimes
    expect(runtime?.ownershipLost()).toMatchObject({ code: 'BATCH_OWNERSHIP_LOST' })
    const taker = gated()
    taker.gate.resolve()
    expect((await other.run(taker.job)).status).toBe('COMPLETED')
    expect(await repository.getJobExecution(handle.execution.id)).toMatchObject({
      status: 'FAILED',
      exitStatus: { exitDescription: 'owner lost' },
    })
    await expect(runtime && commitOne(runtime)).rejects.toMatchObject({ code: 'BATCH_OWNERSHIP_LOST' })
    stubborn.gate.resolve()
    expect((await handle.result).status).toBe('FAILED')
    await other.close()
  })

  it('also ends a close that waits for what does not end', async () => {
    const { clock, make } = setUp()
    const operator = make()
    const handle = await operator.start(gated(false).job)
    const closing = operator.close()
    await settle()
    const shutdown = operator.shutdown({ grace: 1_000 })
    await clock.advance('1s')
    expect((await shutdown).givenUp).toEqual([handle.execution])
    await closing
  })

  it('gives up a start that is under way for too long', async () => {
    const { clock, repository, make } = setUp()
    const operator = make()
    const create = repository.createJobExecution.bind(repository)
    let go: () => void = () => undefined
    repository.createJobExecution = async (request) => {
      await new Promise<void>((resolve) => (go = resolve))
      return create(request)
    }
    const starting = operator.start(gated(false).job)
    await settle()
    const shutdown = operator.shutdown({ grace: 1_000 })
    await clock.advance('1s')
    expect(await shutdown).toEqual({ ended: [], givenUp: [] })
    go()
    await expect(starting).rejects.toMatchObject({ code: 'BATCH_UNKNOWN_OWNER' })
  })

  it('stops also when the stop cannot be stored', async () => {
    const { repository, make } = setUp()
    repository.requestStop = () => Promise.reject(new Error('no connection'))
    const operator = make()
    const handle = await operator.start(gated().job)
    expect((await operator.shutdown()).ended).toEqual([handle.execution])
    expect(handle.execution.status).toBe('STOPPED')
  })

  it.each(['close', 'shutdown'] as const)('on signals is there only when asked for, and only until %s', async (end) => {
    const repository = new MemoryJobRepository()
    const count = () => [process.listenerCount('SIGTERM'), process.listenerCount('SIGINT')]
    const [terms = 0, ints = 0] = count()
    const plain = new JobOperator({ repository })
    expect(count()).toEqual([terms, ints])
    const operator = new JobOperator({ repository, handleSignals: true })
    expect(count()).toEqual([terms + 1, ints + 1])
    await operator[end]()
    expect(count()).toEqual([terms, ints])
    await plain.close()
  })

  it.each([
    [{ grace: -1 }, 'shutdown.grace'],
    [{ grace: 'soon' }, 'shutdown.grace'],
    [{ gras: 5 }, 'shutdown.gras'],
  ])('refuses bad options: %o', (options, option) => {
    expect(() =>
      setUp()
        .make()
        .shutdown(options as never),
    ).toThrow(expect.objectContaining({ code: 'BATCH_INVALID_OPTION', option }))
  })
})
