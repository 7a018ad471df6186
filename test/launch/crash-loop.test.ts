import { chunkStep, flow, flowStep, job, JobOperator, MemoryJobRepository } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { commitOne, leaveDead, plainJob, plainStep } from './plain-steps.js'

const error = { code: 'BATCH_CRASH_LOOP', stepName: 'wait', crashes: 3, position: undefined }

function setUp(maxCrashes = 3) {
  const repository = new MemoryJobRepository()
  const state = { ran: 0, fails: false }
  const step = plainStep('wait', async (runtime) => {
    state.ran++
    if (state.fails) throw new Error('told to')
    await commitOne(runtime)
  })
  const made = plainJob([step], 'plain', maxCrashes)
  const operator = new JobOperator({ repository, jobs: [made] })
  const crash = async (commits = 0) => {
    await leaveDead(repository, { commits })
    return (await operator.recover())[0]
  }
  return { repository, state, operator, crash, job: made }
}

describe('a step that kills its process at one place', () => {
  it('is not run again after maxCrashes takeovers, until an operator restarts it explicitly', async () => {
    const { state, operator, crash, job } = setUp()
    let last
    for (let crashes = 0; crashes < 3; crashes++) last = await crash()
    for (let attempt = 0; attempt < 2; attempt++) {
      const execution = await operator.run(job)
      expect(execution).toMatchObject({ status: 'FAILED', failures: [error], stepExecutions: [] })
      expect(execution.exitStatus.exitDescription).toContain('{ ignoreCrashes: true }')
    }
    expect(state.ran).toBe(0)
    expect((await (await operator.restart(last?.id ?? 0)).result).failures).toMatchObject([error])
    const handle = await operator.restart(last?.id ?? 0, { ignoreCrashes: true })
    expect((await handle.result).status).toBe('COMPLETED')
    expect(state.ran).toBe(1)
    await operator.close()
  })

  it('runs while there are fewer', async () => {
    const { state, operator, crash, job } = setUp()
    await crash()
    await crash()
    expect((await operator.run(job)).status).toBe('COMPLETED')
    expect(state.ran).toBe(1)
    await operator.close()
  })

  it('counts from the execution that has last committed a chunk', async () => {
    const { operator, crash, job } = setUp()
    for (const commits of [0, 0, 1, 0]) await crash(commits)
    expect((await operator.run(job)).status).toBe('COMPLETED')
    const again = setUp()
    for (const commits of [0, 0, 1, 0, 0]) await again.crash(commits)
    expect((await again.operator.run(again.job)).failures).toMatchObject([error])
    await Promise.all([operator.close(), again.operator.close()])
  })

  it('counts anew after a failure that left the process alive', async () => {
    const { state, operator, crash, job } = setUp()
    await crash()
    await crash()
    state.fails = true
    await operator.run(job)
    await crash()
    state.fails = false
    expect((await operator.run(job)).status).toBe('COMPLETED')
    await operator.close()
  })
})

it('a flow as a step is run again however often its process has died: the steps in it are counted themselves', async () => {
  const repository = new MemoryJobRepository()
  const inner = chunkStep('inner', { chunkSize: 1, reader: [1], writer: () => undefined })
  const made = job('plain', { maxCrashes: 3 })
    .start(flowStep('wait', flow('steps').start(inner).build()))
    .build()
  await using operator = new JobOperator({ repository, jobs: [made] })
  for (let crashes = 0; crashes < 4; crashes++) {
    await leaveDead(repository)
    await operator.recover()
  }
  expect((await operator.run(made)).status).toBe('COMPLETED')
})

it.each([0, 1001, 1.5, '5', Infinity])('maxCrashes %s is refused', (maxCrashes) => {
  expect(() => setUp(maxCrashes as number)).toThrow(expect.objectContaining({ code: 'BATCH_INVALID_OPTION' }))
})

it('restart refuses unknown options', async () => {
  await expect(setUp().operator.restart(1, { ignore: true } as never)).rejects.toMatchObject({
    code: 'BATCH_INVALID_OPTION',
    option: 'restart.ignore',
  })
})
