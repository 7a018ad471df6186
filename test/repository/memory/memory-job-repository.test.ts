import { describe, expect, it, test } from 'vitest'
import { MemoryJobRepository } from '../../../src/repository/memory/memory-job-repository.js'
import { jobRepositoryContract } from '../../../src/testing/job-repository-contract.js'

jobRepositoryContract({ describe, it }, async () => ({ repository: new MemoryJobRepository() }))

describe('MemoryJobRepository', () => {
  test('a clock that is none is refused', () => {
    expect(() => new MemoryJobRepository({ clock: 5 as never })).toThrow('MemoryJobRepository.clock')
  })

  test('leases expire by the clock, and times are its own', async () => {
    let now = 1000
    const clock = { now: () => now, monotonic: () => now, after: () => ({ cancel: () => {} }) }
    const repository = new MemoryJobRepository({ clock })
    await repository.openOwner({ ownerId: 'o', leaseDuration: 500, onSessionLost: () => {} })
    const execution = await repository.createJobExecution({
      jobName: 'j',
      parameters: new Map(),
      ownerId: 'o',
      restartable: true,
    })
    expect(execution.startTime).toEqual(new Date(1000))
    now = 1499
    expect((await repository.findLease(execution.jobInstance.id))?.expired).toBe(false)
    now = 1500
    expect((await repository.findLease(execution.jobInstance.id))?.expired).toBe(true)
  })
})
