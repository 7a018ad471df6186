import { ExitStatus, flow, job, split } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { Deferred } from '../../step/deferred.js'
import { FlowLab, type LabStepOptions } from './flow-lab.js'
import { stores } from './stores.js'

const puts =
  (values: Record<string, unknown>): NonNullable<LabStepOptions['during']> =>
  ({ stepExecution: { executionContext } }) => {
    for (const [key, value] of Object.entries(values)) executionContext.put(key, value)
  }

/** The job's context as it is stored, without what the engine keeps there. */
async function contextOf(lab: FlowLab): Promise<unknown> {
  const [instance] = await lab.repository.listJobInstances(lab.name)
  const [execution] = await lab.repository.listJobExecutions(instance?.id ?? 0)
  return execution?.executionContext.toObject()
}

describe.each(stores)('promotion, remembered %s', (_, store) => {
  it('copies the keys to the job’s context, where a later step sees them', async () => {
    const lab = await FlowLab.open(store)
    const seen: unknown[] = []
    const during: LabStepOptions['during'] = ({ context }) => void seen.push(context.jobExecutionContext.get('file'))
    const a = lab.step('a', [], { during: puts({ file: 'x.csv', own: 1 }), promote: ['file'] })
    await lab.run(
      job(lab.name)
        .start(a)
        .next(lab.step('b', [], { during }))
        .build(),
    )
    expect(seen).toEqual(['x.csv'])
    expect(await contextOf(lab)).toEqual({ file: 'x.csv' })
  })

  it('is stored with the end of the step: a restart sees it, also after a death right behind', async () => {
    const lab = await FlowLab.open(store)
    const seen: unknown[] = []
    const during: LabStepOptions['during'] = ({ context }) => void seen.push(context.jobExecutionContext.get('file'))
    const a = lab.step('a', [], { during: puts({ file: 'x.csv' }), promote: ['file'] })
    const made = job(lab.name)
      .start(a)
      .next(lab.step('b', [], { during }))
      .build()
    await lab.runToDeath(made, (method) => (method === 'updateStepExecution' ? 'after' : undefined))
    await lab.run(made)
    expect([seen, lab.ran]).toEqual([['x.csv'], ['a', 'b']])
  })

  it('is not stored without the end of the step', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', [], { during: puts({ file: 'x.csv' }), promote: ['file'] })
    const made = job(lab.name).start(a).build()
    await lab.runToDeath(made, (method) => (method === 'updateStepExecution' ? 'before' : undefined))
    expect(await contextOf(lab)).toEqual({})
  })

  it('of parallel steps with different keys loses nothing', async () => {
    const lab = await FlowLab.open(store)
    const names = Array.from({ length: 12 }, (_unused, index) => `s${index}`)
    let waiting = names.length
    const all = new Deferred()
    const flows = names.map((name) => {
      const during: NonNullable<LabStepOptions['during']> = async (runtime) => {
        await puts({ [name]: name })(runtime)
        if (--waiting === 0) all.resolve()
        await all.promise
      }
      return flow(`f${name}`)
        .start(lab.step(name, [], { during, promote: [name] }))
        .build()
    })
    await lab.run(job(lab.name).start(split('all', flows)).build())
    expect(await contextOf(lab)).toEqual(Object.fromEntries(names.map((name) => [name, name])))
  })

  it.each([
    ['another value', 2, 'FAILED'],
    ['the same value', 1, 'COMPLETED'],
  ])('of parallel steps with one key and %s ends %s', async (_what, second, ended) => {
    const lab = await FlowLab.open(store)
    const [begun, told] = [new Deferred(), new Deferred()]
    const early: NonNullable<LabStepOptions['during']> = async (runtime) => {
      await begun.promise
      await puts({ key: 1 })(runtime)
    }
    const late: NonNullable<LabStepOptions['during']> = async (runtime) => {
      begun.resolve()
      await told.promise
      await puts({ key: second })(runtime)
    }
    const one = flow('one')
      .start(lab.step('a', [], { during: early, promote: ['key'] }))
      .next(lab.step('then', [], { during: () => told.resolve() }))
      .build()
    const two = flow('two')
      .start(lab.step('b', [], { during: late, promote: ['key'] }))
      .build()
    const stored = await lab.run(
      job(lab.name)
        .start(split('both', [one, two]))
        .build(),
    )
    expect(stored.steps).toContain(`b ${ended}`)
    if (ended === 'FAILED') {
      expect(lab.last.failures).toMatchObject([{ code: 'BATCH_PROMOTION', stepName: 'b', key: 'key' }])
    }
    expect(await contextOf(lab)).toEqual({ key: 1 })
  })

  it('one step after another may give a key a new value', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', [], { during: puts({ key: 1 }), promote: ['key'] })
    const b = lab.step('b', [], { during: puts({ key: 2 }), promote: ['key'] })
    expect((await lab.run(job(lab.name).start(a).next(b).build())).job).toBe('COMPLETED')
    expect(await contextOf(lab)).toEqual({ key: 2 })
  })

  it.each([
    [undefined, 'FAIL', {}],
    [undefined, 'ODD', {}],
    [['*'], 'FAIL', { key: 1 }],
    [['O?D'], 'ODD', { key: 1 }],
  ])('on %j after %s leaves %j', async (on, outcome, left) => {
    const lab = await FlowLab.open(store)
    const promote = { keys: ['key'], ...(on === undefined ? {} : { on }) }
    await lab.run(
      job(lab.name)
        .start(lab.step('a', [outcome], { during: puts({ key: 1 }), promote }))
        .build(),
    )
    expect(await contextOf(lab)).toEqual(left)
  })

  it('goes by the exit code that afterStep has raised', async () => {
    const lab = await FlowLab.open(store)
    const listeners = [{ afterStep: () => new ExitStatus('ODD') }]
    const promote = { keys: ['key'], on: ['ODD'] }
    await lab.run(
      job(lab.name)
        .start(lab.step('a', [], { during: puts({ key: 1 }), promote, listeners }))
        .build(),
    )
    expect(await contextOf(lab)).toEqual({ key: 1 })
  })

  it('of a key that is missing leaves it out, or fails the step when it is strict', async () => {
    const lab = await FlowLab.open(store)
    const keys = ['key', 'missing']
    const lenient = lab.step('a', [], { during: puts({ key: 1 }), promote: { keys } })
    const strict = lab.step('b', [], { during: puts({ key: 2 }), promote: { keys, strict: true } })
    const stored = await lab.run(job(lab.name).start(lenient).next(strict).build())
    expect(stored).toEqual({ job: 'FAILED', steps: ['a COMPLETED', 'b FAILED'] })
    expect(lab.last.failures).toMatchObject([{ code: 'BATCH_PROMOTION', stepName: 'b', key: 'missing' }])
    expect(await contextOf(lab)).toEqual({ key: 1 })
  })
})
