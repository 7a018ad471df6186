import { decision, job } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { FlowLab, type LabStepOptions } from './flow-lab.js'
import { stores } from './stores.js'

describe.each(stores)('a restart, remembered %s', (_, store) => {
  it('takes the results of completed steps for its transitions, custom exit codes too', async () => {
    const lab = await FlowLab.open(store)
    const [a, b] = [lab.step('a', ['LEFT', 'RIGHT']), lab.step('b', ['FAIL', 'COMPLETED'])]
    const made = job(lab.name).start(a).on(a, 'LEFT').to(b).on(a, 'RIGHT').fail().build()
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: ['a COMPLETED/LEFT', 'b FAILED'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
  })

  it('asks a decider again', async () => {
    const lab = await FlowLab.open(store)
    const answers = ['B', 'C']
    const d = decision('d', () => answers.shift() as string)
    const [a, b, c] = [lab.step('a'), lab.step('b', ['FAIL']), lab.step('c')]
    const made = job(lab.name).start(a).next(d).on(d, 'B').to(b).on(d, 'C').to(c).build()
    await lab.run(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['c COMPLETED'] })
    expect(lab.ran).toEqual(['a', 'b', 'c'])
  })

  it('gives a decider the step that it has not run again', async () => {
    const lab = await FlowLab.open(store)
    const seen: unknown[] = []
    const d = decision('d', ({ stepExecution }) => String(seen.push(stepExecution?.exitStatus.exitCode)))
    const made = job(lab.name)
      .start(lab.step('a', ['MANY']))
      .next(d)
      .next(lab.step('b', ['FAIL', '']))
      .build()
    await lab.run(made)
    await lab.run(made)
    expect(seen).toEqual(['MANY', 'MANY'])
  })

  it('hands a failed step its context, and a completed one that runs again a new one', async () => {
    const lab = await FlowLab.open(store)
    const seen: unknown[] = []
    const during: LabStepOptions['during'] = ({ stepExecution: { stepName, executionContext } }) => {
      seen.push([stepName, executionContext.get('runs')])
      executionContext.put('runs', 1)
    }
    const a = lab.step('a', [], { during, allowStartIfComplete: true })
    const made = job(lab.name)
      .start(a)
      .next(lab.step('b', ['FAIL', 'COMPLETED'], { during }))
      .build()
    await lab.run(made)
    await lab.run(made)
    expect(seen).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['a', undefined],
      ['b', 1],
    ])
  })

  it('beyond the startLimit fails the job, and no execution of the step is stored', async () => {
    const lab = await FlowLab.open(store)
    const b = lab.step('b', ['FAIL'], { startLimit: 2 })
    const made = job(lab.name).start(lab.step('a')).next(b).build()
    await lab.run(made)
    await lab.run(made)
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: [] })
    expect(lab.last.failures).toMatchObject([{ code: 'BATCH_START_LIMIT_EXCEEDED', stepName: 'b', startLimit: 2 }])
  })

  it('is refused where a step is UNKNOWN, and says what to do', async () => {
    const lab = await FlowLab.open(store)
    const made = job(lab.name)
      .start(lab.step('a', ['FAIL']))
      .build()
    await lab.runToDeath(made, (method, [step]) => {
      if (method === 'updateStepExecution') Object.assign(step as object, { status: 'UNKNOWN' })
      return method === 'updateStepExecution' ? 'after' : undefined
    })
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: [] })
    expect(lab.last.failures).toMatchObject([{ code: 'BATCH_STEP_STATE_UNKNOWN' }])
    expect(lab.ran).toEqual(['a'])
  })

  it('with nothing left to run completes with the exit code NOOP, decisions notwithstanding', async () => {
    const lab = await FlowLab.open(store)
    const d = decision('d', () => 'DONE')
    const made = job(lab.name).start(lab.step('a')).next(d).on(d, 'DONE').end('ALL').build()
    await lab.runToDeath(made, (method) => (method === 'finishJobExecution' ? 'before' : undefined))
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED/NOOP', steps: [] })
    expect(lab.ran).toEqual(['a'])
  })

  it('runs a step again that was killed, and nothing that had completed', async () => {
    const lab = await FlowLab.open(store)
    const steps = [lab.step('a'), lab.step('b', ['DIE', 'COMPLETED']), lab.step('c')] as const
    const made = job(lab.name).start(steps[0]).next(steps[1]).next(steps[2]).build()
    await lab.runToDeath(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED', 'c COMPLETED'] })
    expect(lab.ran).toEqual(['a', 'b', 'b', 'c'])
    expect((await lab.history())[0]).toEqual({ job: 'FAILED', steps: ['a COMPLETED', 'b FAILED'] })
  })
})
