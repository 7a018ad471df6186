import { decision, flow, flowStep, job, type Step } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { FlowLab, type LabStepOptions } from './flow-lab.js'
import { stores } from './stores.js'

/** A loop of `a` and `b` that ends when `b` does not say AGAIN, and goes on with `end`. */
function loop(
  lab: FlowLab,
  { a = [] as string[], b = [] as string[], end = [] as string[], options = {} as LabStepOptions },
) {
  const [first, second, last] = [lab.step('a', a, options), lab.step('b', b, options), lab.step('end', end)]
  return job(lab.name).start(first).next(second).on(second, 'AGAIN').to(first).next(last).build()
}

describe.each(stores)('a loop, remembered %s', (_, store) => {
  it('runs its steps again and again, each pass an execution of its own', async () => {
    const lab = await FlowLab.open(store)
    expect(await lab.run(loop(lab, { b: ['AGAIN', 'AGAIN', 'DONE'] }))).toEqual({
      job: 'COMPLETED',
      steps: [
        'a COMPLETED',
        'b COMPLETED/AGAIN',
        'a COMPLETED',
        'b COMPLETED/AGAIN',
        'a COMPLETED',
        'b COMPLETED/DONE',
        'end COMPLETED',
      ],
    })
  })

  it('finds in a restart the result of each pass, and goes on in the one that had failed', async () => {
    const lab = await FlowLab.open(store)
    const made = loop(lab, { a: ['1', '2', 'FAIL', '3'], b: ['AGAIN', 'AGAIN', 'DONE'] })
    await lab.run(made)
    expect(await lab.run(made)).toEqual({
      job: 'COMPLETED',
      steps: ['a COMPLETED/3', 'b COMPLETED/DONE', 'end COMPLETED'],
    })
    expect(lab.ran).toEqual(['a', 'b', 'a', 'b', 'a', 'a', 'b', 'end'])
  })

  it('finds each pass also after a death in the midst of it', async () => {
    const lab = await FlowLab.open(store)
    const made = loop(lab, { b: ['AGAIN', 'DIE', 'AGAIN', 'DONE'], end: ['DIE', 'COMPLETED'] })
    await lab.runToDeath(made)
    await lab.runToDeath(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['end COMPLETED'] })
    expect(lab.ran).toEqual(['a', 'b', 'a', 'b', 'b', 'a', 'b', 'end', 'end'])
  })

  it('led by a decision is found again pass by pass', async () => {
    const lab = await FlowLab.open(store)
    const answers = ['AGAIN', 'AGAIN', 'ENOUGH', 'AGAIN', 'AGAIN', 'AGAIN', 'ENOUGH']
    const a = lab.step('a')
    const enough = decision('enough', () => answers.shift() as string)
    const made = job(lab.name)
      .start(a)
      .next(enough)
      .on(enough, 'AGAIN')
      .to(a)
      .next(lab.step('b', ['FAIL', 'OK']))
      .build()
    await lab.run(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED/OK', steps: ['a COMPLETED', 'b COMPLETED/OK'] })
    expect(lab.ran).toEqual(['a', 'a', 'a', 'b', 'a', 'b'])
  })

  it('hands each pass its own context in a restart, not that of a pass before', async () => {
    const lab = await FlowLab.open(store)
    const seen: unknown[] = []
    const during: LabStepOptions['during'] = ({ stepExecution: { executionContext } }) => {
      seen.push(executionContext.get('n'))
      executionContext.put('n', seen.length)
    }
    const a = lab.step('a', ['AGAIN', 'FAIL', 'AGAIN', 'DONE'], { during })
    const made = job(lab.name).start(a).on(a, 'AGAIN').to(a).on(a, 'DONE').end().build()
    await lab.run(made)
    await lab.run(made)
    expect(seen).toEqual([undefined, undefined, 2, undefined])
  })

  it('of steps that may start after completion hands a failed pass its context, though an earlier pass ran again', async () => {
    const lab = await FlowLab.open(store)
    const seen: unknown[] = []
    const during: LabStepOptions['during'] = ({ stepExecution: { executionContext } }) => {
      seen.push(executionContext.get('n'))
      executionContext.put('n', seen.length)
    }
    const a = lab.step('a', ['AGAIN', 'FAIL', 'AGAIN', 'DONE'], { during, allowStartIfComplete: true })
    const made = job(lab.name).start(a).on(a, 'AGAIN').to(a).on(a, 'DONE').end().build()
    await lab.run(made)
    await lab.run(made)
    expect(seen).toEqual([undefined, undefined, undefined, 2])
  })

  it('of steps that may start after completion does not run an abandoned pass again', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['AGAIN', 'FAIL', 'AGAIN', 'WRONG'], { allowStartIfComplete: true })
    const made = job(lab.name)
      .start(a)
      .on(a, 'AGAIN')
      .to(a)
      .on(a, 'FAILED')
      .to(lab.step('b', ['FAIL', 'COMPLETED']))
      .build()
    await lab.run(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['a COMPLETED/AGAIN', 'b COMPLETED'] })
  })

  it('counts every pass for the startLimit', async () => {
    const lab = await FlowLab.open(store)
    const made = loop(lab, { b: ['AGAIN'], options: { startLimit: 2 } })
    const { job: ended, steps } = await lab.run(made)
    expect([ended, steps.length]).toEqual(['FAILED', 4])
    expect(lab.last.failures).toMatchObject([{ code: 'BATCH_START_LIMIT_EXCEEDED', stepName: 'a' }])
  })

  it('of nested flows is found again pass by pass', async () => {
    const lab = await FlowLab.open(store)
    const inner = flow('inner')
      .start(lab.step('a', ['AGAIN', 'AGAIN', 'DONE']))
      .build()
    const made = job(lab.name)
      .start(inner)
      .on(inner, 'AGAIN')
      .to(inner)
      .next(lab.step('b', ['FAIL', 'OK']))
      .build()
    await lab.run(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED/OK', steps: ['b COMPLETED/OK'] })
    expect(lab.ran).toEqual(['a', 'a', 'a', 'b', 'b'])
  })
})

describe.each(stores)('a loop of a flow as a step, remembered %s', (_, store) => {
  function looped(lab: FlowLab, inside: Step<unknown, 'a'>, again: readonly string[]) {
    const step = flowStep('flows', flow('inner').start(inside).build())
    const check = lab.step('check', again)
    return job(lab.name).start(step).next(check).on(check, 'AGAIN').to(step).next(lab.step('b')).build()
  }

  it('runs what is inside in each pass, also where a restart does not look into the passes before', async () => {
    const lab = await FlowLab.open(store)
    const made = looped(lab, lab.step('a', ['1', '2', '3']), ['AGAIN', 'FAIL', 'AGAIN', 'DONE'])
    await lab.run(made)
    await lab.run(made)
    expect(lab.ran).toEqual(['a', 'check', 'a', 'check', 'check', 'a', 'check', 'b'])
  })

  it('finds in a restart the pass that had failed inside', async () => {
    const lab = await FlowLab.open(store)
    const made = looped(lab, lab.step('a', ['1', 'FAIL', '2', '3']), ['AGAIN', 'AGAIN', 'DONE'])
    await lab.run(made)
    expect((await lab.run(made)).steps).toEqual([
      'flows COMPLETED/2',
      'a COMPLETED/2',
      'check COMPLETED/AGAIN',
      'flows COMPLETED/3',
      'a COMPLETED/3',
      'check COMPLETED/DONE',
      'b COMPLETED',
    ])
  })

  it('tells passes of loops inside from those of the loop around', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['AGAIN', '1', 'AGAIN', 'DIE', '2'])
    const step = flowStep('flows', flow('inner').start(a).on(a, 'AGAIN').to(a).on(a, '?').end().build())
    const check = lab.step('check', ['AGAIN', 'DONE'])
    const made = job(lab.name).start(step).next(check).on(check, 'AGAIN').to(step).on(check, 'DONE').end().build()
    await lab.runToDeath(made)
    await lab.run(made)
    expect(lab.ran).toEqual(['a', 'a', 'check', 'a', 'a', 'a', 'check'])
    expect(lab.last.status).toBe('COMPLETED')
  })
})
