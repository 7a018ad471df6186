import { decision, flow, flowStep, job, JobOperator, split } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { FlowLab } from './flow-lab.js'
import { stores } from './stores.js'

const stopsOf = async (lab: FlowLab): Promise<unknown> =>
  (await lab.repository.getJobExecution(lab.last.id))?.executionContext.get('chunkwise.stops')

describe.each(stores)('stop(), remembered %s', (_, store) => {
  it('ends the job STOPPED, and a restart goes on with the next of that place', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['HALT'])
    const made = job(lab.name).start(a).on(a, 'HALT').stop().next(lab.step('b')).build()
    expect(await lab.run(made)).toEqual({ job: 'STOPPED', steps: ['a COMPLETED/HALT'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
    expect(lab.ran).toEqual(['a', 'b'])
  })

  it('at a place without a next ends COMPLETED in the restart', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a')
    const made = job(lab.name).start(a).on(a, '*').stop().build()
    await lab.run(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED/NOOP', steps: [] })
  })

  it('stops again at another place, and goes on behind each', async () => {
    const lab = await FlowLab.open(store)
    const [a, b] = [lab.step('a'), lab.step('b')]
    const made = job(lab.name).start(a).on(a, '*').stop().next(b).on(b, '*').stop().next(lab.step('c')).build()
    expect((await lab.run(made)).job).toBe('STOPPED')
    expect(await lab.run(made)).toEqual({ job: 'STOPPED', steps: ['b COMPLETED'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['c COMPLETED'] })
  })

  it('stops in each pass of a loop once', async () => {
    const lab = await FlowLab.open(store)
    const [a, b] = [lab.step('a', ['1', '2']), lab.step('b', ['AGAIN', 'DONE'])]
    const made = job(lab.name).start(a).on(a, '*').stop().next(b).on(b, 'AGAIN').to(a).on(b, 'DONE').end().build()
    expect(await lab.run(made)).toEqual({ job: 'STOPPED', steps: ['a COMPLETED/1'] })
    expect(await lab.run(made)).toEqual({ job: 'STOPPED', steps: ['b COMPLETED/AGAIN', 'a COMPLETED/2'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED/DONE'] })
  })

  it('stops again when the step has run again', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL', 'FAIL', 'COMPLETED'])
    const made = job(lab.name).start(a).on(a, 'FAILED').stop().next(lab.step('b')).build()
    expect(await lab.run(made)).toEqual({ job: 'STOPPED', steps: ['a FAILED'] })
    expect(await lab.run(made)).toEqual({ job: 'STOPPED', steps: ['a FAILED'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['a COMPLETED', 'b COMPLETED'] })
  })

  it.each(['before', 'after'] as const)(
    'that the process dies %s storing is a stop only once it is stored',
    async (side) => {
      const lab = await FlowLab.open(store)
      const a = lab.step('a')
      const made = job(lab.name).start(a).on(a, '*').stop().next(lab.step('b')).build()
      await lab.runToDeath(made, (method) => (method === 'finishJobExecution' ? side : undefined))
      expect((await lab.run(made)).job).toBe(side === 'before' ? 'STOPPED' : 'COMPLETED')
      expect(lab.ran).toEqual(side === 'before' ? ['a'] : ['a', 'b'])
    },
  )

  it('of a decision stops as often as the decider decides so', async () => {
    const lab = await FlowLab.open(store)
    const answers = ['WAIT', 'WAIT', 'GO']
    const d = decision('d', () => answers.shift() as string)
    const made = job(lab.name).start(lab.step('a')).next(d).on(d, 'WAIT').stop().next(lab.step('b')).build()
    expect((await lab.run(made)).job).toBe('STOPPED')
    expect((await lab.run(made)).job).toBe('STOPPED')
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
    expect(lab.ran).toEqual(['a', 'b'])
  })

  it('in a nested flow stops the job, and a restart goes on in that flow', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a')
    const inner = flow('inner').start(a).on(a, '*').stop().next(lab.step('b')).build()
    const made = job(lab.name).start(inner).on(inner, '*').to(lab.step('c')).build()
    expect(await lab.run(made)).toEqual({ job: 'STOPPED', steps: ['a COMPLETED'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED', 'c COMPLETED'] })
  })

  it('in a flow step stops the step and the job, and a restart goes on in that flow', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a')
    const inner = flow('inner').start(a).on(a, '*').stop().next(lab.step('b')).build()
    const made = job(lab.name).start(flowStep('flows', inner)).next(lab.step('c')).build()
    expect(await lab.run(made)).toEqual({ job: 'STOPPED', steps: ['flows STOPPED', 'a COMPLETED'] })
    expect(await lab.run(made)).toEqual({
      job: 'COMPLETED',
      steps: ['flows COMPLETED', 'b COMPLETED', 'c COMPLETED'],
    })
  })

  it('in one branch lets the others end; a restart goes on behind it and runs nothing twice', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a')
    const halting = flow('halting').start(a).on(a, '*').stop().next(lab.step('b')).build()
    const made = job(lab.name)
      .start(split('both', [halting, lab.flowOf('other')]))
      .next(lab.step('c'))
      .build()
    expect((await lab.run(made)).job).toBe('STOPPED')
    expect(lab.ran.toSorted()).toEqual(['a', 'otherStep'])
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED', 'c COMPLETED'] })
  })

  it('behind a nested flow whose results are all there goes on with the next', async () => {
    const lab = await FlowLab.open(store)
    const inner = lab.flowOf('inner')
    const made = job(lab.name).start(inner).on(inner, '*').stop().next(lab.step('b')).build()
    expect((await lab.run(made)).job).toBe('STOPPED')
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
  })
})

describe.each(stores)('stopAndRestart(x), remembered %s', (_, store) => {
  it('ends the job STOPPED, and a restart begins at x', async () => {
    const lab = await FlowLab.open(store)
    const [a, b] = [lab.step('a', ['ODD']), lab.step('b')]
    const x = lab.step('x')
    const made = job(lab.name).start(a).next(b).on(a, 'ODD').stopAndRestart(x).from(x).next(lab.step('y')).build()
    expect(await lab.run(made)).toEqual({ job: 'STOPPED', steps: ['a COMPLETED/ODD'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['x COMPLETED', 'y COMPLETED'] })
  })

  it('keeps beginning there in later restarts, also after a death', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL'])
    const x = lab.step('x', ['FAIL', 'DIE', 'COMPLETED'])
    const made = job(lab.name).start(a).on(a, 'FAILED').stopAndRestart(x).build()
    await lab.run(made)
    await lab.run(made)
    await lab.runToDeath(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['x COMPLETED'] })
    expect(lab.ran).toEqual(['a', 'x', 'x', 'x'])
  })

  it('is replaced by a later one', async () => {
    const lab = await FlowLab.open(store)
    const [a, x, y] = [lab.step('a'), lab.step('x'), lab.step('y')]
    const made = job(lab.name).start(a).on(a, '*').stopAndRestart(x).on(x, '*').stopAndRestart(y).build()
    await lab.run(made)
    await lab.run(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['y COMPLETED'] })
    expect(await stopsOf(lab)).toEqual([{ flow: '', flowPass: 1, place: 'x', placePass: 1, restartAt: 'y' }])
  })

  it('stays the beginning though the place that asked for it stops for another reason later', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL', 'HALT', 'WRONG'])
    const b = lab.step('b', ['AGAIN', 'DONE'])
    const made = job(lab.name)
      .start(a)
      .next(b)
      .on(a, 'FAILED')
      .stopAndRestart(b)
      .on(a, 'HALT')
      .stop()
      .on(b, 'AGAIN')
      .to(a)
      .on(b, 'DONE')
      .end()
      .build()
    expect(await lab.run(made)).toEqual({ job: 'STOPPED', steps: ['a FAILED'] })
    expect(await lab.run(made)).toEqual({ job: 'STOPPED', steps: ['b COMPLETED/AGAIN', 'a COMPLETED/HALT'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED/DONE'] })
  })

  it('in a nested flow is the beginning of that flow only', async () => {
    const lab = await FlowLab.open(store)
    const [a, x] = [lab.step('a'), lab.step('x')]
    const inner = flow('inner').start(a).on(a, '*').stopAndRestart(x).build()
    const made = job(lab.name).start(lab.step('before')).next(inner).next(lab.step('behind')).build()
    expect((await lab.run(made)).job).toBe('STOPPED')
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['x COMPLETED', 'behind COMPLETED'] })
  })

  it('to a place that the flow does not have any more begins anew', async () => {
    const lab = await FlowLab.open(store)
    const [a, x] = [lab.step('a', ['ODD', 'EVEN']), lab.step('x')]
    await lab.run(job(lab.name).start(a).on(a, 'ODD').stopAndRestart(x).build())
    const changed = job(lab.name).start(lab.step('new')).next(a).build()
    expect(await lab.run(changed)).toEqual({ job: 'COMPLETED/ODD', steps: ['new COMPLETED'] })
  })
})

describe.each(stores)('a stop that is asked for, remembered %s', (_, store) => {
  /** Asks the job that runs to stop. */
  const ask = (lab: FlowLab) => async () => {
    const [execution] = await lab.repository.listRunningJobExecutions(lab.name)
    await lab.repository.requestStop(execution?.id ?? 0)
    asked.get(lab)?.()
  }
  const asked = new Map<FlowLab, () => void>()
  const runStopped = async (lab: FlowLab, made: Parameters<FlowLab['run']>[0]): Promise<void> => {
    await using operator = new JobOperator({ repository: lab.repository })
    let told: (() => void) | undefined
    asked.set(lab, () => told?.())
    const handle = await operator.start(made as never)
    told = () => void handle.stop()
    lab.last = await handle.result
  }

  it('while a step completes ends the job STOPPED before the next place begins', async () => {
    const lab = await FlowLab.open(store)
    const decided: string[] = []
    const d = decision('d', () => String(decided.push('d')))
    const made = job(lab.name)
      .start(lab.step('a', [], { during: ask(lab) }))
      .next(d)
      .next(lab.step('b'))
      .build()
    await runStopped(lab, made)
    expect(await lab.stored()).toEqual({ job: 'STOPPED', steps: ['a COMPLETED'] })
    expect(decided).toEqual([])
    expect(await stopsOf(lab)).toBeUndefined()
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
  })

  it('while the last step completes comes too late', async () => {
    const lab = await FlowLab.open(store)
    await runStopped(
      lab,
      job(lab.name)
        .start(lab.step('a', [], { during: ask(lab) }))
        .build(),
    )
    expect(await lab.stored()).toEqual({ job: 'COMPLETED', steps: ['a COMPLETED'] })
  })

  it('ends a step STOPPED, whose patterns do not count then', async () => {
    const lab = await FlowLab.open(store)
    const during = async ({ context: { signal } }: { context: { signal: AbortSignal } }) => {
      if (lab.ran.length > 1) return
      await ask(lab)()
      await new Promise((_resolve, reject) => {
        const end = (): void => reject(signal.reason as Error)
        if (signal.aborted) end()
        else signal.addEventListener('abort', end)
      })
    }
    const a = lab.step('a', [], { during })
    const made = job(lab.name).start(a).on(a, 'STOPPED').end('WRONG').on(a, '*').to(lab.step('b')).build()
    await runStopped(lab, made)
    expect(await lab.stored()).toEqual({ job: 'STOPPED', steps: ['a STOPPED'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['a COMPLETED', 'b COMPLETED'] })
  })

  it('ends a decider that heeds its signal: the job is STOPPED, not FAILED', async () => {
    const lab = await FlowLab.open(store)
    const d = decision('d', async ({ signal }) => {
      if (lab.ran.length > 1) return 'GO'
      lab.ran.push('asked')
      await ask(lab)()
      signal.throwIfAborted()
      return 'WRONG'
    })
    const made = job(lab.name).start(lab.step('a')).next(d).on(d, 'GO').to(lab.step('b')).build()
    await runStopped(lab, made)
    expect(await lab.stored()).toEqual({ job: 'STOPPED', steps: ['a COMPLETED'] })
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['b COMPLETED'] })
  })

  it('ends a nested flow and the branches of a split before their next places', async () => {
    const lab = await FlowLab.open(store)
    const inner = flow('inner')
      .start(lab.step('a', [], { during: ask(lab) }))
      .next(lab.step('b'))
      .build()
    const both = split('both', [flow('branch').start(inner).next(lab.step('c')).build()])
    const made = job(lab.name).start(both).on(both, '*').to(lab.step('d')).build()
    await runStopped(lab, made)
    expect(await lab.stored()).toEqual({ job: 'STOPPED', steps: ['a COMPLETED'] })
    expect((await lab.run(made)).steps).toEqual(['b COMPLETED', 'c COMPLETED', 'd COMPLETED'])
  })
})
