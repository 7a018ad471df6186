import { ExitStatus, flow, flowStep, job } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { FlowLab } from './flow-lab.js'
import { stores } from './stores.js'

describe.each(stores)('a flow as a step, remembered %s', (_, store) => {
  it('has an execution of its own, with the status and the exit code of the flow', async () => {
    const lab = await FlowLab.open(store)
    const step = flowStep(
      'flows',
      flow('inner')
        .start(lab.step('a'))
        .next(lab.step('b', ['ODD']))
        .build(),
    )
    const made = job(lab.name).start(step).on(step, 'ODD').to(lab.step('c')).build()
    expect(await lab.run(made)).toEqual({
      job: 'COMPLETED',
      steps: ['flows COMPLETED/ODD', 'a COMPLETED', 'b COMPLETED/ODD', 'c COMPLETED'],
    })
  })

  it('that has completed is not looked into again', async () => {
    const lab = await FlowLab.open(store)
    const inside = lab.step('a', [], { allowStartIfComplete: true })
    const made = job(lab.name)
      .start(flowStep('flows', flow('inner').start(inside).build()))
      .next(lab.step('b', ['FAIL', 'COMPLETED']))
      .build()
    await lab.run(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
    expect(lab.ran).toEqual(['a', 'b', 'b'])
  })

  it('that has failed goes on inside where it was', async () => {
    const lab = await FlowLab.open(store)
    const inner = flow('inner')
      .start(lab.step('a'))
      .next(lab.step('b', ['FAIL', 'COMPLETED']))
      .build()
    const made = job(lab.name).start(flowStep('flows', inner)).build()
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: ['flows FAILED', 'a COMPLETED', 'b FAILED'] })
    expect(lab.last.failures).toEqual([new Error('b fails')])
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['flows COMPLETED', 'b COMPLETED'] })
  })

  it('that was killed goes on inside where it was', async () => {
    const lab = await FlowLab.open(store)
    const inner = flow('inner')
      .start(lab.step('a'))
      .next(lab.step('b', ['DIE', 'COMPLETED']))
      .build()
    const made = job(lab.name).start(flowStep('flows', inner)).build()
    await lab.runToDeath(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['flows COMPLETED', 'b COMPLETED'] })
  })

  it('whose failure the flow around has dealt with is ABANDONED, and not looked into again', async () => {
    const lab = await FlowLab.open(store)
    const step = flowStep('flows', lab.flowOf('inner', ['FAIL']))
    const made = job(lab.name)
      .start(step)
      .on(step, 'FAILED')
      .to(lab.step('b', ['FAIL', 'COMPLETED']))
      .build()
    expect((await lab.run(made)).steps).toEqual(['flows ABANDONED/FAILED', 'innerStep FAILED', 'b FAILED'])
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
  })

  it('may raise its exit code, and route by it', async () => {
    const lab = await FlowLab.open(store)
    const afterStep = () => new ExitStatus('RAISED')
    const step = flowStep('flows', lab.flowOf('inner'), { listeners: [{ afterStep }] })
    const made = job(lab.name).start(step).on(step, 'RAISED').to(lab.step('b')).build()
    await lab.run(made)
    expect(lab.ran).toEqual(['innerStep', 'b'])
  })

  it('inside a flow step counts by itself', async () => {
    const lab = await FlowLab.open(store)
    const inner = flowStep(
      'inner',
      flow('g')
        .start(lab.step('a', ['FAIL', 'COMPLETED']))
        .build(),
    )
    const outer = flowStep('outer', flow('f').start(lab.step('b')).next(inner).build())
    const made = job(lab.name).start(outer).build()
    await lab.run(made)
    expect(await lab.run(made)).toEqual({
      job: 'COMPLETED',
      steps: ['outer COMPLETED', 'inner COMPLETED', 'a COMPLETED'],
    })
  })
})

describe.each(stores)('a nested flow, remembered %s', (_, store) => {
  it('has no execution of its own; its exit code routes', async () => {
    const lab = await FlowLab.open(store)
    const inner = lab.flowOf('inner', ['ODD'])
    const made = job(lab.name).start(inner).on(inner, 'ODD').to(lab.step('b')).next(lab.step('wrong')).build()
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['innerStep COMPLETED/ODD', 'b COMPLETED'] })
  })

  it('ends alone by end() and by fail(), with their codes', async () => {
    const lab = await FlowLab.open(store)
    const [a, b] = [lab.step('a'), lab.step('b')]
    const ending = flow('ending').start(a).on(a, '*').end('EARLY').next(lab.step('never')).build()
    const failing = flow('failing').start(b).on(b, '*').fail('BAD').build()
    const made = job(lab.name)
      .start(ending)
      .on(ending, 'EARLY')
      .to(failing)
      .on(failing, 'BAD')
      .to(lab.step('c'))
      .build()
    await lab.run(made)
    expect([lab.ran, lab.last.status]).toEqual([['a', 'b', 'c'], 'COMPLETED'])
  })

  it('is a value: it stands in several jobs', async () => {
    const lab = await FlowLab.open(store)
    const inner = lab.flowOf('inner')
    await lab.run(job(lab.name).start(inner).build())
    await lab.run(job(`${lab.name} other`).start(lab.step('first')).next(inner).build())
    expect(lab.ran).toEqual(['innerStep', 'first', 'innerStep'])
  })
})
