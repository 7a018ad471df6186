import { decision, flow, job, split } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { FlowLab } from './flow-lab.js'
import { stores } from './stores.js'

describe.each(stores)('a failure that the flow has dealt with, remembered %s', (_, store) => {
  it('is ABANDONED before the next step begins, and the job completes', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL'])
    const seen: string[] = []
    const during = async () => seen.push(...(await lab.history()).flatMap(({ steps }) => steps))
    const made = job(lab.name)
      .start(a)
      .on(a, 'FAILED')
      .to(lab.step('b', [], { during }))
      .build()
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['a ABANDONED/FAILED', 'b COMPLETED'] })
    expect(seen).toEqual(['a ABANDONED/FAILED', 'b STARTED/EXECUTING'])
    expect(lab.last.failures).toEqual([])
  })

  it('is not run again in a restart, which takes the same transition', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL', 'COMPLETED'])
    const made = job(lab.name)
      .start(a)
      .next(lab.step('wrong'))
      .on(a, 'FAILED')
      .to(lab.step('b', ['FAIL', 'COMPLETED']))
      .build()
    await lab.run(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
    expect(lab.ran).toEqual(['a', 'b', 'b'])
  })

  it('is not run again though the step allows a start after completion', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL', 'COMPLETED'], { allowStartIfComplete: true })
    const b = lab.step('b', ['FAIL', 'COMPLETED'])
    const made = job(lab.name).start(a).on(a, 'FAILED').to(b).build()
    await lab.run(made)
    await lab.run(made)
    expect(lab.ran).toEqual(['a', 'b', 'b'])
  })

  it('is ABANDONED at end()', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL'])
    const made = job(lab.name).start(a).on(a, '*').end('ANYWAY').build()
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED/ANYWAY', steps: ['a ABANDONED/FAILED'] })
  })

  it('stays FAILED at fail(): a restart runs the step again', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL', 'COMPLETED'])
    const made = job(lab.name).start(a).next(lab.step('b')).on(a, 'FAILED').fail('BAD').build()
    expect(await lab.run(made)).toEqual({ job: 'FAILED/BAD', steps: ['a FAILED'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['a COMPLETED', 'b COMPLETED'] })
  })

  it('stays FAILED through a decision that leads to fail(), and is ABANDONED through one that leads on', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL', 'FAIL'])
    const answers = ['GIVE UP', 'GO ON']
    const d = decision('d', () => answers.shift() as string)
    const made = job(lab.name)
      .start(a)
      .on(a, 'FAILED')
      .to(d)
      .on(d, 'GIVE UP')
      .fail()
      .on(d, 'GO ON')
      .to(lab.step('b'))
      .build()
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: ['a FAILED'] })
    expect(lab.last.failures).toEqual([new Error('a fails')])
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['a ABANDONED/FAILED', 'b COMPLETED'] })
  })

  it('stays FAILED when the process dies before the next step has begun: the step runs again', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL', 'COMPLETED'])
    const made = job(lab.name).start(a).next(lab.step('well')).on(a, 'FAILED').to(lab.step('b')).build()
    const failed = (parameters: readonly unknown[]) => (parameters[0] as { status: string }).status === 'FAILED'
    await lab.runToDeath(made, (method, given) => {
      return method === 'updateStepExecution' && failed(given) ? 'after' : undefined
    })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['a COMPLETED', 'well COMPLETED'] })
    expect(await lab.history()).toMatchObject([{ job: 'FAILED', steps: ['a FAILED'] }, {}])
  })

  it('is dealt with when it is stored so, though the process dies right behind', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL', 'COMPLETED'])
    const made = job(lab.name).start(a).next(lab.step('wrong')).on(a, 'FAILED').to(lab.step('b')).build()
    await lab.runToDeath(made, (method, [step]) => {
      return method === 'createStepExecution' && (step as { stepName: string }).stepName === 'b' ? 'before' : undefined
    })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
  })

  it('may have happened in a flow inside: a restart takes the same way out of that flow', async () => {
    const lab = await FlowLab.open(store)
    const inner = lab.flowOf('inner', ['FAIL'])
    const made = job(lab.name)
      .start(inner)
      .next(lab.step('wrong'))
      .on(inner, 'FAILED')
      .to(lab.step('b', ['FAIL', 'COMPLETED']))
      .build()
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: ['innerStep ABANDONED/FAILED', 'b FAILED'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
    expect(lab.ran).toEqual(['innerStep', 'b', 'b'])
  })

  it('may have happened in a branch of a split: a restart takes the same way out of the split', async () => {
    const lab = await FlowLab.open(store)
    const both = split('both', [lab.flowOf('bad', ['FAIL']), lab.flowOf('good', ['ZEST'])])
    const made = job(lab.name)
      .start(both)
      .next(lab.step('wrong'))
      .on(both, 'FAILED')
      .to(lab.step('b', ['FAIL', 'COMPLETED']))
      .build()
    const { job: ended, steps } = await lab.run(made)
    expect([ended, ...steps.toSorted()]).toEqual([
      'FAILED',
      'b FAILED',
      'badStep ABANDONED/FAILED',
      'goodStep COMPLETED/ZEST',
    ])
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
    expect(lab.ran.toSorted()).toEqual(['b', 'b', 'badStep', 'goodStep'])
  })

  it('that no pattern of a flow inside has matched is dealt with by the flow around it, also in a restart', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL'])
    const inner = flow('inner').start(a).on(a, 'ODD').end().build()
    const made = job(lab.name)
      .start(inner)
      .on(inner, 'FAILED')
      .to(lab.step('b', ['FAIL', 'COMPLETED']))
      .build()
    await lab.run(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
  })

  it('by fail() inside is dealt with outside, by its code, also in a restart', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL'])
    const inner = flow('inner').start(a).on(a, 'FAILED').fail('BAD').build()
    const made = job(lab.name)
      .start(inner)
      .on(inner, 'BAD')
      .to(lab.step('b', ['FAIL', 'COMPLETED']))
      .build()
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: ['a ABANDONED/FAILED', 'b FAILED'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
  })
})
