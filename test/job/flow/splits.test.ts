import {
  chunkStep,
  decision,
  flow,
  flowStep,
  job,
  jobStep,
  PoolTaskExecutor,
  split,
  SyncTaskExecutor,
  type TaskExecutor,
} from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { Deferred } from '../../step/deferred.js'
import { FlowLab, type Stored } from './flow-lab.js'
import { stores } from './stores.js'

/** The branches have no order. */
const sorted = ({ job: ended, steps }: Stored): Stored => ({ job: ended, steps: steps.toSorted() })

describe.each(stores)('a split, remembered %s', (_, store) => {
  it('runs its flows side by side and goes on when all have ended', async () => {
    const lab = await FlowLab.open(store)
    const [first, second] = [new Deferred(), new Deferred()]
    // Each waits for the other: one after the other they would never end.
    const meet = (own: Deferred, other: Deferred) => async () => {
      own.resolve()
      await other.promise
    }
    const one = flow('one')
      .start(lab.step('a', [], { during: meet(first, second) }))
      .build()
    const two = flow('two')
      .start(lab.step('b', [], { during: meet(second, first) }))
      .build()
    const made = job(lab.name)
      .start(split('both', [one, two]))
      .next(lab.step('c'))
      .build()
    const { job: ended, steps } = await lab.run(made)
    expect([ended, steps.toSorted(), steps.at(-1)]).toEqual([
      'COMPLETED',
      ['a COMPLETED', 'b COMPLETED', 'c COMPLETED'],
      'c COMPLETED',
    ])
  })

  it.each<[string, () => TaskExecutor]>([
    ['a pool of one', () => new PoolTaskExecutor({ corePoolSize: 1 })],
    ['the caller itself', () => new SyncTaskExecutor()],
  ])('runs on %s, splits inside splits too', async (_executor, make) => {
    const lab = await FlowLab.open(store)
    const taskExecutor = make()
    const inner = split('inner', [lab.flowOf('a'), lab.flowOf('b')], { taskExecutor })
    const outer = split('outer', [flow('f').start(inner).build(), lab.flowOf('c')], { taskExecutor })
    expect(sorted(await lab.run(job(lab.name).start(outer).build()))).toEqual({
      job: 'COMPLETED',
      steps: ['aStep COMPLETED', 'bStep COMPLETED', 'cStep COMPLETED'],
    })
    await taskExecutor.shutdown()
  })

  it('lets the other flows end when one fails, is FAILED then, and a restart runs only what failed', async () => {
    const lab = await FlowLab.open(store)
    const failed = new Deferred()
    const bad = flow('bad')
      .start(lab.step('a', ['FAIL', 'COMPLETED'], { during: () => failed.resolve() }))
      .build()
    const good = flow('good')
      .start(lab.step('b', [], { during: () => failed.promise }))
      .next(lab.step('c'))
      .build()
    const made = job(lab.name)
      .start(split('both', [bad, good]))
      .next(lab.step('d'))
      .build()
    expect(sorted(await lab.run(made))).toEqual({ job: 'FAILED', steps: ['a FAILED', 'b COMPLETED', 'c COMPLETED'] })
    expect(lab.last.failures).toEqual([new Error('a fails')])
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['a COMPLETED', 'd COMPLETED'] })
  })

  it('has the failures of all flows that failed', async () => {
    const lab = await FlowLab.open(store)
    const made = job(lab.name)
      .start(split('both', [lab.flowOf('a', ['FAIL']), lab.flowOf('b', ['FAIL'])]))
      .build()
    await lab.run(made)
    expect(lab.last.failures).toEqual([new Error('aStep fails'), new Error('bStep fails')])
  })

  it.each([
    [['COMPLETED', 'WITH SKIPS', 'NOOP'], 'COMPLETED/WITH SKIPS'],
    [['COMPLETED', 'NOOP'], 'COMPLETED/NOOP'],
    [['ZEST', 'FAIL'], 'FAILED'],
    [['COMPLETED', 'COMPLETED'], 'COMPLETED'],
  ])('of flows that end with %j ends %s: the worst status, and its most severe code', async (codes, ended) => {
    const lab = await FlowLab.open(store)
    const flows = codes.map((code, index) => lab.flowOf(`f${index}`, [code]))
    expect((await lab.run(job(lab.name).start(split('all', flows)).build())).job).toBe(ended)
  })

  it('routes by its own exit code', async () => {
    const lab = await FlowLab.open(store)
    const both = split('both', [lab.flowOf('a', ['ODD']), lab.flowOf('b')])
    const made = job(lab.name).start(both).on(both, 'ODD').to(lab.step('c')).next(lab.step('d')).build()
    await lab.run(made)
    expect(lab.ran.at(-1)).toBe('c')
  })

  it('goes on though end() has ended one of its flows', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a')
    const one = flow('one').start(a).on(a, '*').end('EARLY').next(lab.step('never')).build()
    const two = flow('two').start(lab.step('b')).next(lab.step('c')).build()
    const made = job(lab.name)
      .start(split('both', [one, two]))
      .next(lab.step('d'))
      .build()
    await lab.run(made)
    expect(lab.ran.toSorted()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('runs again after a death what its flows had not completed, and nothing else', async () => {
    const lab = await FlowLab.open(store)
    const done = new Deferred()
    const one = flow('one')
      .start(lab.step('a'))
      .next(lab.step('b', [], { during: () => done.resolve() }))
      .build()
    const two = flow('two')
      .start(lab.step('c', ['DIE', 'COMPLETED'], { during: () => done.promise }))
      .build()
    const made = job(lab.name)
      .start(split('both', [one, two]))
      .next(lab.step('d'))
      .build()
    await lab.runToDeath(made)
    expect((await lab.run(made)).job).toBe('COMPLETED')
    expect(lab.ran.filter((name) => name === 'a')).toEqual(['a'])
    expect(lab.ran.filter((name) => name === 'c')).toEqual(['c', 'c'])
    expect(lab.ran.at(-1)).toBe('d')
  })

  it('shares a pool of one with the steps, jobs and splits inside its flows', async () => {
    const lab = await FlowLab.open(store)
    const taskExecutor = new PoolTaskExecutor({ corePoolSize: 1 })
    const written: number[] = []
    const chunks = (name: string) =>
      chunkStep(name, { chunkSize: 1, reader: [1, 2, 3], writer: (items) => void written.push(...items), taskExecutor })
    const inner = split('inner', [flow('f').start(chunks('a')).build(), flow('g').start(chunks('b')).build()], {
      taskExecutor,
    })
    const nested = job(`${lab.name} nested`).start(inner).build()
    const branches = [
      flow('h').start(jobStep('child', nested)).build(),
      flow('i')
        .start(flowStep('flows', flow('k').start(chunks('c')).build()))
        .build(),
    ]
    const made = job(lab.name)
      .start(split('outer', branches, { taskExecutor }))
      .build()
    expect((await lab.run(made)).job).toBe('COMPLETED')
    expect(written.toSorted((a, b) => a - b)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3])
    await taskExecutor.shutdown()
  })

  it('gives a decision behind it the step of its worst flow that ended last', async () => {
    const lab = await FlowLab.open(store)
    const seen: unknown[] = []
    const both = split('both', [lab.flowOf('a'), lab.flowOf('b', ['FAIL'])])
    const d = decision('d', ({ stepExecution }) => String(seen.push(stepExecution?.stepName)))
    await lab.run(job(lab.name).start(both).on(both, 'FAILED').to(d).on(d, '*').end().build())
    expect(seen).toEqual(['bStep'])
  })

  it('fails the job when a decider of a flow throws, after the other flows have ended', async () => {
    const lab = await FlowLab.open(store)
    const d = decision('d', () => {
      throw new Error('no calendar')
    })
    const one = flow('one').start(d).on(d, '*').end().build()
    const both = split('both', [one, flow('two').start(lab.step('a')).next(lab.step('b')).build()])
    const made = job(lab.name).start(both).on(both, 'FAILED').to(lab.step('wrong')).build()
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: ['a COMPLETED', 'b COMPLETED'] })
    expect(lab.last.failures).toEqual([new Error('no calendar')])
  })

  it('does not let a pattern lead past a step that could not begin: the job fails, when all flows have ended', async () => {
    const lab = await FlowLab.open(store)
    const limited = flow('limited')
      .start(lab.step('a', ['FAIL'], { startLimit: 1 }))
      .build()
    const both = split('both', [limited, lab.flowOf('other', ['FAIL', 'COMPLETED'])])
    const answers = ['STOP', 'GO ON']
    const d = decision('d', () => answers.shift() as string)
    const made = job(lab.name).start(both).on(both, '*').to(d).on(d, 'STOP').fail().on(d, '*').end().build()
    expect((await lab.run(made)).job).toBe('FAILED')
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: ['otherStep COMPLETED'] })
    expect(lab.last.failures).toMatchObject([{ code: 'BATCH_START_LIMIT_EXCEEDED', stepName: 'a' }])
  })
})
