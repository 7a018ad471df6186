import assert from 'node:assert/strict'
import { InvalidOptionError } from '../domain/option-error.js'
import { OwnershipLostError } from '../domain/ownership-errors.js'
import { rejected, type Rules } from './contract-bench.js'

/** Who owns an instance, and how it is taken from a dead owner. */
export const ownershipRules: Rules = {
  'the lease names owner and execution while the execution runs': async (bench) => {
    const owner = await bench.owner()
    const started = await bench.start(owner)
    const { ownerId, jobInstanceId, jobExecutionId, expired, sessionGone } = await bench.lease(
      started.lease.jobInstanceId,
    )
    assert.deepEqual({ ownerId, jobInstanceId, jobExecutionId }, started.lease)
    assert.equal(expired, false)
    assert.equal(sessionGone, owner.sessionLock ? false : undefined)
    await bench.finish(started)
    assert.equal(await bench.repository.findLease(jobInstanceId), undefined)
  },

  'an owner that does not renew in time has expired': async (bench) => {
    const { lease } = await bench.start(await bench.owner(0))
    assert.equal((await bench.lease(lease.jobInstanceId)).expired, true)
  },

  'a renewal shows': async (bench) => {
    const owner = await bench.owner()
    const { lease } = await bench.start(owner)
    const before = await bench.lease(lease.jobInstanceId)
    assert.equal((await bench.lease(lease.jobInstanceId)).renewedAt, before.renewedAt)
    await owner.renew()
    assert.notEqual((await bench.lease(lease.jobInstanceId)).renewedAt, before.renewedAt)
  },

  'an owner that closes lets its leases be taken over at once': async (bench) => {
    const owner = await bench.owner()
    const { lease } = await bench.start(owner)
    await owner.close()
    const observed = await bench.lease(lease.jobInstanceId)
    assert.equal(observed.expired, true)
    assert.equal(await bench.repository.takeOver(observed, (await bench.owner()).ownerId), true)
  },

  'closing twice, and renewing a closed owner, do nothing': async (bench) => {
    const owner = await bench.owner()
    await owner.close()
    await owner.close()
    await owner.renew()
    await rejected(bench.start(owner), Error)
  },

  'a takeover fails the execution and its steps, and frees the instance': async (bench) => {
    const { execution, lease } = await bench.start(await bench.owner(0))
    const done = await bench.step(lease, {}, 'first')
    await bench.repository.updateStepExecution({ ...done, status: 'COMPLETED' }, lease)
    const running = await bench.step(lease, { at: 5 }, 'second')
    await bench.checkpoint(running, lease)
    const observed = await bench.lease(lease.jobInstanceId)
    assert.equal(await bench.repository.takeOver(observed, (await bench.owner()).ownerId), true)
    const stored = await bench.storedExecution(execution.id)
    assert.equal(stored.status, 'FAILED')
    assert.equal(stored.exitStatus.exitCode, 'FAILED')
    assert.match(stored.exitStatus.exitDescription, /owner lost/)
    assert.ok(stored.endTime instanceof Date)
    assert.deepEqual(
      stored.stepExecutions.map(({ status, version }) => [status, version]),
      [
        ['COMPLETED', 1],
        ['FAILED', 2],
      ],
    )
    assert.deepEqual(stored.stepExecutions[1]?.executionContext.toObject(), { at: 5 })
    assert.equal(await bench.repository.findLease(lease.jobInstanceId), undefined)
  },

  'after a takeover the instance starts again': async (bench) => {
    const dead = await bench.start(await bench.owner(0))
    const owner = await bench.owner()
    await bench.repository.takeOver(await bench.lease(dead.lease.jobInstanceId), owner.ownerId)
    const { execution } = await bench.start(owner)
    assert.equal(execution.jobInstance.id, dead.lease.jobInstanceId)
  },

  'after a takeover no write of the old owner passes': async (bench) => {
    const started = await bench.start(await bench.owner(0))
    const { lease } = started
    const step = await bench.step(lease)
    await bench.repository.takeOver(await bench.lease(lease.jobInstanceId), (await bench.owner()).ownerId)
    await rejected(bench.checkpoint(step, lease), Error)
    const stored = await bench.storedStep(step.id)
    await rejected(bench.checkpoint(stored, lease), OwnershipLostError)
    await rejected(bench.repository.updateStepExecution(stored, lease), OwnershipLostError)
    await rejected(bench.step(lease), OwnershipLostError)
    await rejected(bench.finish(started), OwnershipLostError)
    assert.equal((await bench.storedExecution(started.execution.id)).status, 'FAILED')
  },

  'an owner that has renewed since is not taken over': async (bench) => {
    const owner = await bench.owner()
    const { lease } = await bench.start(owner)
    const observed = await bench.lease(lease.jobInstanceId)
    await owner.renew()
    assert.equal(await bench.repository.takeOver(observed, (await bench.owner()).ownerId), false)
    await bench.step(lease)
  },

  'an owner that has not renewed since is taken over before it expires': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const observed = await bench.lease(lease.jobInstanceId)
    assert.equal(observed.expired, false)
    assert.equal(await bench.repository.takeOver(observed, (await bench.owner()).ownerId), true)
  },

  'of two takeovers one wins': async (bench) => {
    const { lease } = await bench.start(await bench.owner(0))
    const observed = await bench.lease(lease.jobInstanceId)
    const [first, second] = [await bench.owner(), await bench.owner()]
    const outcomes = await Promise.all([
      bench.repository.takeOver(observed, first.ownerId),
      bench.repository.takeOver(observed, second.ownerId),
    ])
    assert.equal(outcomes.filter((isWinner) => isWinner).length, 1)
    const execution = await bench.storedExecution(lease.jobExecutionId)
    assert.equal(execution.version, 1)
  },

  'an execution that has ended is not taken over': async (bench) => {
    const started = await bench.start(await bench.owner(0))
    const observed = await bench.lease(started.lease.jobInstanceId)
    await bench.finish(started)
    assert.equal(await bench.repository.takeOver(observed, (await bench.owner()).ownerId), false)
    assert.equal((await bench.storedExecution(started.execution.id)).status, 'COMPLETED')
  },

  'a takeover leaves the other instances of the owner alone': async (bench) => {
    const owner = await bench.owner(0)
    const first = await bench.start(owner)
    const second = await bench.start(owner, { jobName: `${bench.jobName} 2` })
    const observed = await bench.lease(first.lease.jobInstanceId)
    await bench.repository.takeOver(observed, (await bench.owner()).ownerId)
    assert.equal((await bench.lease(second.lease.jobInstanceId)).ownerId, owner.ownerId)
    assert.equal((await bench.storedExecution(second.execution.id)).status, 'STARTED')
  },

  'an owner sees what it holds, and what of it was asked to stop': async (bench) => {
    const owner = await bench.owner()
    const [first, second] = [await bench.start(owner), await bench.start(owner, { jobName: `${bench.jobName} 2` })]
    await bench.start(await bench.owner(), { jobName: `${bench.jobName} 3` })
    await bench.repository.requestStop(second.execution.id)
    const held = [...(await owner.held())].sort((a, b) => a.jobInstanceId - b.jobInstanceId)
    assert.deepEqual(
      held,
      [first, second].map(({ lease: { jobInstanceId, jobExecutionId } }) => ({
        jobInstanceId,
        jobExecutionId,
        stopRequested: jobExecutionId === second.execution.id,
      })),
    )
    await bench.finish(first)
    await bench.repository.takeOver(await bench.lease(second.lease.jobInstanceId), (await bench.owner()).ownerId)
    // The takeover has ended the owner's session: the first call may be the one that notices.
    assert.deepEqual(await owner.held().catch(() => owner.held()), [])
  },

  'an owner that is closed is told nothing': async (bench) => {
    const owner = await bench.owner()
    await owner.close()
    await rejected(owner.held(), Error)
  },

  'leases are listed by instance, page by page': async (bench) => {
    const [dead, live] = [await bench.owner(0), await bench.owner()]
    const jobs = [1, 2, 3].map((number) => `${bench.jobName} ${number}`)
    const ids: number[] = []
    for (const jobName of jobs) {
      const { lease } = await bench.start(ids.length === 1 ? dead : live, { jobName })
      ids.push(lease.jobInstanceId)
    }
    const [first = 0, second = 0, third = 0] = ids
    const list = await bench.repository.listLeases({ after: first - 1, limit: 2 })
    assert.deepEqual(
      list.map(({ jobInstanceId, expired }) => [jobInstanceId, expired]),
      [
        [first, false],
        [second, true],
      ],
    )
    assert.deepEqual(list[1], await bench.lease(second))
    assert.deepEqual(
      (await bench.repository.listLeases({ after: second })).map(({ jobInstanceId }) => jobInstanceId),
      [third],
    )
    await rejected(bench.repository.listLeases({ limit: 0 }), InvalidOptionError)
  },

  'an owner without an id, or with a negative lease, is refused': async (bench) => {
    const open = (ownerId: string, leaseDuration: number): Promise<unknown> =>
      bench.repository.openOwner({ ownerId, leaseDuration, onSessionLost: () => undefined })
    await rejected(open('', 1000), InvalidOptionError)
    await rejected(open('x'.repeat(37), 1000), InvalidOptionError)
    await rejected(open('x', -1), InvalidOptionError)
  },
}
