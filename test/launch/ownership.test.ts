import { setTimeout as delay } from 'node:timers/promises'
import {
  chunkStep,
  job,
  JobOperator,
  type LeaseState,
  MemoryJobRepository,
  type OwnerRequest,
  type WriteContext,
} from 'chunkwise'
import { ListItemWriter, ManualClock } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { Deferred, numbers, settle } from '../step/deferred.js'

/** A repository whose owners' renewals can fail or hang, and whose leases can look otherwise. */
class Shaky extends MemoryJobRepository {
  renewal: 'good' | 'fails' | 'hangs' = 'good'
  renewals = 0
  lost: (() => void)[] = []
  see: (lease: LeaseState) => LeaseState = (lease) => lease

  override async openOwner(request: OwnerRequest) {
    this.lost.push(request.onSessionLost)
    const session = await super.openOwner(request)
    return {
      ...session,
      renew: () => {
        this.renewals++
        if (this.renewal === 'hangs') return new Promise<void>(() => undefined)
        return this.renewal === 'fails' ? Promise.reject(new Error('no connection')) : session.renew()
      },
    }
  }

  override async findLease(jobInstanceId: number) {
    const lease = await super.findLease(jobInstanceId)
    return lease && this.see(lease)
  }
}

function setUp() {
  const clock = new ManualClock()
  const repository = new Shaky({ clock })
  const make = (ownerGrace = 2_000) => new JobOperator({ repository, clock, leaseDuration: '30s', ownerGrace })
  const writer = new ListItemWriter<number>()
  const gate = new Deferred()
  let waits = true
  const signals: AbortSignal[] = []
  const made = job('owned')
    .start(
      chunkStep('owned', {
        chunkSize: 1,
        reader: numbers(4),
        processor: async (item, { signal }) => {
          signals.push(signal)
          if (item === 3 && waits) {
            waits = false
            await gate.promise
          }
          return item
        },
        writer,
      }),
    )
    .build()
  return { clock, repository, make, writer, gate, signals, job: made }
}

describe('an owner', () => {
  it('renews its lease every third of it, and is never taken over', async () => {
    const { clock, repository, make, job: made, gate } = setUp()
    const [operator, other] = [make(), make()]
    const handle = await operator.start(made)
    await clock.advance('100s')
    expect(repository.renewals).toBe(10)
    await expect(other.start(made)).rejects.toMatchObject({ code: 'BATCH_JOB_ALREADY_RUNNING' })
    gate.resolve()
    expect((await handle.result).status).toBe('COMPLETED')
    await Promise.all([operator.close(), other.close()])
  })

  it('renews at once when its session is lost', async () => {
    const { clock, repository, make, job: made, gate } = setUp()
    const operator = make()
    const handle = await operator.start(made)
    repository.lost[0]?.()
    await clock.advance(0)
    expect(repository.renewals).toBe(1)
    gate.resolve()
    await handle.result
    await operator.close()
    repository.lost[0]?.()
    expect(clock.timers).toBe(0)
  })

  it('survives the loss of its session while it is being opened', async () => {
    const { repository, make, job: made, gate } = setUp()
    const open = repository.openOwner.bind(repository)
    repository.openOwner = async (request) => {
      request.onSessionLost()
      return open(request)
    }
    const operator = make()
    gate.resolve()
    expect((await operator.run(made)).status).toBe('COMPLETED')
    await operator.close()
  })

  it('that fails to renew for a while goes on when it succeeds again', async () => {
    const { clock, repository, make, job: made, gate } = setUp()
    const operator = make()
    const handle = await operator.start(made)
    repository.renewal = 'fails'
    await clock.advance('25s')
    // The first after a third of the lease, then every tenth of it.
    expect(repository.renewals).toBe(6)
    repository.renewal = 'good'
    await clock.advance('60s')
    gate.resolve()
    expect((await handle.result).status).toBe('COMPLETED')
    await operator.close()
  })

  it.each(['fails', 'hangs'] as const)(
    'whose renewal %s for as long as the lease lasts aborts what runs, and writes nothing more',
    async (renewal) => {
      const { clock, repository, make, job: made, gate, writer, signals } = setUp()
      const operator = make()
      const handle = await operator.start(made)
      await settle()
      repository.renewal = renewal
      await clock.advance('45s')
      expect(signals.at(-1)?.reason).toMatchObject({ code: 'BATCH_OWNERSHIP_LOST' })
      gate.resolve()
      const execution = await handle.result
      expect(execution.status).toBe('FAILED')
      expect(execution.failures).toContainEqual(expect.objectContaining({ code: 'BATCH_OWNERSHIP_LOST' }))
      expect(writer.items).toEqual([1, 2])
      if (renewal === 'fails') await operator.close()
    },
  )

  it.each([
    ['before a chunk is written keeps the writer from it', 'process', []],
    ['while a chunk is written rolls it back', 'write', ['write 1']],
  ] as const)('that is lost %s', async (_, place, expected) => {
    const { clock, repository, make } = setUp()
    const gate = new Deferred()
    const calls: string[] = []
    const writer = new ListItemWriter<number>()
    const step = chunkStep('lost', {
      chunkSize: 1,
      reader: [1],
      processor: async (item) => {
        if (place === 'process') await gate.promise
        return item
      },
      writer: {
        async write(items: readonly number[], context: WriteContext) {
          calls.push(`write ${items[0]}`)
          writer.write(items, context)
          await gate.promise
        },
      },
    })
    const operator = make()
    const handle = await operator.start(job('lost').start(step).build())
    await settle()
    repository.renewal = 'fails'
    await clock.advance('45s')
    gate.resolve()
    const execution = await handle.result
    expect(execution.stepExecutions).toMatchObject([{ status: 'FAILED', counts: { write: 0, commit: 0 } }])
    expect([calls, writer.items]).toEqual([expected, []])
    await operator.close()
  })

  it('that is lost fails the step with that, whatever user code makes of its signal', async () => {
    const { clock, repository, make } = setUp()
    const step = chunkStep('waits', {
      chunkSize: 1,
      reader: [1],
      processor: async (item, { signal }) => delay(600_000, item, { signal }),
      writer: () => undefined,
    })
    const operator = make()
    const handle = await operator.start(job('lost').start(step).build())
    await settle()
    repository.renewal = 'fails'
    await clock.advance('45s')
    const execution = await handle.result
    expect(execution.status).toBe('FAILED')
    expect(execution.stepExecutions[0]?.failures).toMatchObject([{ code: 'BATCH_OWNERSHIP_LOST' }])
    await operator.close()
  })

  it('that is lost between two steps begins no other step, and fails the job', async () => {
    const { clock, repository, make } = setUp()
    const gate = new Deferred()
    const step = <const N extends string>(name: N) =>
      chunkStep(name, {
        chunkSize: 1,
        reader: [1],
        writer: () => undefined,
        listeners: [{ afterStep: () => gate.promise }],
      })
    const operator = make()
    const handle = await operator.start(job('two').start(step('one')).next(step('two')).build())
    await settle()
    repository.renewal = 'fails'
    await clock.advance('45s')
    gate.resolve()
    const execution = await handle.result
    expect(execution).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_OWNERSHIP_LOST' }] })
    expect(execution.stepExecutions.map(({ stepName }) => stepName)).toEqual(['one'])
    await operator.close()
  })

  it('that could not be registered is registered by the next start', async () => {
    const { repository, make, job: made, gate } = setUp()
    const open = repository.openOwner.bind(repository)
    repository.openOwner = () => Promise.reject(new Error('no connection'))
    const operator = make()
    await expect(operator.start(made)).rejects.toThrow('no connection')
    repository.openOwner = open
    gate.resolve()
    expect((await operator.run(made)).status).toBe('COMPLETED')
    await operator.close()
  })
})

describe('a dead owner', () => {
  /** An operator that has started the job and does not renew any more. */
  async function dead() {
    const all = setUp()
    const operator = all.make()
    const handle = await operator.start(all.job)
    await settle()
    all.repository.renewal = 'fails'
    return { ...all, handle }
  }

  it('is taken over when its lease has expired, and its late chunk does not pass', async () => {
    const { clock, repository, make, handle, gate, job: made, writer } = await dead()
    const operator = make()
    await clock.advance('29s')
    await expect(operator.start(made)).rejects.toMatchObject({ code: 'BATCH_JOB_ALREADY_RUNNING' })
    repository.renewal = 'good'
    await clock.advance(0)
    repository.renewal = 'fails'
    await clock.advance('45s')
    const other = make()
    const second = await other.run(made)
    expect([second.status, writer.items]).toEqual(['COMPLETED', numbers(4)])
    gate.resolve()
    const first = await handle.result
    expect(first.status).toBe('FAILED')
    expect(first.failures).toContainEqual(expect.objectContaining({ code: 'BATCH_OWNERSHIP_LOST' }))
    expect(writer.items).toEqual(numbers(4))
    const stored = await repository.getJobExecution(first.id)
    expect(stored).toMatchObject({ status: 'FAILED', exitStatus: { exitDescription: 'owner lost' } })
    expect(stored?.stepExecutions).toMatchObject([{ status: 'FAILED', counts: { write: 2 } }])
    await Promise.all([operator.close(), other.close()])
  })

  it('whose session is gone is given its grace, and then taken over', async () => {
    const { clock, repository, make, handle, gate, job: made, writer } = await dead()
    repository.see = (lease) => ({ ...lease, sessionGone: true })
    const operator = make()
    let started = false
    const starting = operator.start(made).then((second) => {
      started = true
      return second
    })
    await clock.advance('1999ms')
    await settle()
    expect(started).toBe(false)
    await clock.advance('1ms')
    expect((await (await starting).result).status).toBe('COMPLETED')
    gate.resolve()
    expect((await handle.result).status).toBe('FAILED')
    expect(writer.items).toEqual(numbers(4))
    await operator.close()
  })

  it.each([
    ['has come back', (lease: LeaseState) => ({ ...lease, sessionGone: false })],
    ['has renewed', (lease: LeaseState) => ({ ...lease, sessionGone: true, renewedAt: 'later' })],
  ])('is left alone when after its grace it %s', async (_, back) => {
    const { clock, repository, make, handle, gate, job: made } = await dead()
    repository.see = (lease) => ({ ...lease, sessionGone: true })
    const operator = make()
    const starting = operator.start(made).catch((error: unknown) => error)
    await clock.advance('1s')
    repository.see = back
    await clock.advance('1s')
    expect(await starting).toMatchObject({ code: 'BATCH_JOB_ALREADY_RUNNING', jobExecutionId: handle.execution.id })
    gate.resolve()
    expect((await handle.result).status).toBe('COMPLETED')
    await operator.close()
  })

  it('that nobody can tell dead by its session is waited for until its lease expires', async () => {
    const { repository, make, gate, handle, job: made } = await dead()
    repository.see = (lease) => ({ ...lease, sessionGone: undefined })
    const operator = make()
    await expect(operator.start(made)).rejects.toMatchObject({ code: 'BATCH_JOB_ALREADY_RUNNING' })
    gate.resolve()
    await handle.result
    await operator.close()
  })

  it('whose instance was freed meanwhile is simply started', async () => {
    const { clock, repository, make, gate, handle, job: made } = await dead()
    repository.see = (lease) => ({ ...lease, sessionGone: true })
    const operator = make()
    const stopping = handle.stop()
    const starting = operator.start(made)
    gate.resolve()
    expect((await stopping).status).toBe('STOPPED')
    await clock.advance('2s')
    expect((await (await starting).result).status).toBe('COMPLETED')
    await operator.close()
  })
})
