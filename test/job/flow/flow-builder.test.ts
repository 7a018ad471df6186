import { decision, flow, flowStep, InvalidOptionError, job, jobStep, split, type Step } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { FlowLab } from './flow-lab.js'
import { MemoryJobRepository } from 'chunkwise'

const lab = new FlowLab(new MemoryJobRepository())
const step = <const N extends string>(name: N): Step<unknown, N> => lab.step(name)
const one = <const N extends string, const I extends string>(name: N, inside: I) =>
  flow(name).start(step(inside)).build()

function refusal(run: () => unknown): InvalidOptionError {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError)
    return error as InvalidOptionError
  }
  throw new Error('nothing was refused')
}

/** Without the types, which refuse most of this before. */
type Loose = Record<
  'start' | 'next' | 'from' | 'on' | 'to' | 'end' | 'stop' | 'stopAndRestart',
  (...args: unknown[]) => Loose
> & {
  build(): { readonly name: string }
}
const loose = (name = 'j'): Loose => job(name) as unknown as Loose
const looseFlow = (name = 'f'): Loose => flow(name) as unknown as Loose

describe('a graph that cannot be left', () => {
  const [a, b, c] = [step('a'), step('b'), step('c')]

  it.each<[string, () => Loose, string]>([
    ['a step that leads back to itself, whatever its code', () => loose().start(a).on(a, '*').to(a), 'a'],
    ['two steps that lead to each other', () => loose().start(a).on(a, '*').to(b).on(b, '*').to(a), 'a'],
    [
      'a loop behind a way that can be left',
      () => loose().start(a).next(b).on(b, 'X').to(c).on(c, '*').to(c).from(b).on(b, 'Y').end(),
      'c',
    ],
    ['a loop in a flow', () => looseFlow().start(a).on(a, 'X').to(a), 'a'],
  ])('is refused and named: %s', (_what, draw, value) => {
    const error = refusal(() => draw().build())
    expect(error.option).toMatch(/^(job\("j"\)|flow\("f"\))\.flow$/)
    expect(error.value).toBe(value)
  })

  it.each<[string, () => Loose]>([
    ['end()', () => loose().start(a).on(a, 'X').to(a).on(a, 'Y').end()],
    ['stop()', () => loose().start(a).on(a, '*').to(b).on(b, '*').to(a).on(b, 'X').stop()],
    ['a next outside', () => loose().start(a).on(a, 'X').to(a).next(b)],
  ])('is left by %s', (_what, draw) => {
    expect(draw().build()).toMatchObject({ name: 'j' })
  })
})

describe('a name', () => {
  const twice = 'twice'

  it.each<[string, () => unknown]>([
    ['in a nested flow and beside it', () => loose().start(step(twice)).next(one('f', twice)).build()],
    ['in two nested flows', () => loose().start(one('f', twice)).next(one('g', twice)).build()],
    ['of a flow and of a step in it', () => loose().start(one(twice, twice)).build()],
    [
      'in two branches of a split',
      () =>
        loose()
          .start(split('s', [one('f', twice), one('g', twice)]))
          .build(),
    ],
    [
      'of two branches of a split',
      () =>
        loose()
          .start(split('s', [one(twice, 'x'), one(twice, 'y')]))
          .build(),
    ],
    [
      'of a flow step and of what is in it',
      () =>
        loose()
          .start(flowStep(twice, one('f', twice)))
          .build(),
    ],
    [
      'three flows deep',
      () =>
        loose()
          .start(
            flow('f')
              .start(flow('g').start(one('h', twice)).build())
              .build(),
          )
          .next(step(twice))
          .build(),
    ],
    [
      'of a step and of a decision',
      () =>
        loose()
          .start(step(twice))
          .next(decision(twice, () => 'X'))
          .build(),
    ],
    ['added by to', () => loose().start(step(twice)).on(step(twice), 'X').end().build()],
    [
      'added by stopAndRestart',
      () => {
        const a = step('a')
        return loose().start(a).next(step(twice)).on(a, 'X').stopAndRestart(step(twice)).build()
      },
    ],
  ])('that stands for two things is refused: %s', (_what, draw) => {
    expect(refusal(draw)).toMatchObject({ value: twice })
  })

  it('of the very same flow used twice in a job is refused', () => {
    const f = one('f', 'a')
    expect(
      refusal(() =>
        loose()
          .start(f)
          .next(split('s', [f]))
          .build(),
      ),
    ).toMatchObject({ value: 'f' })
  })

  it('inside a job step is the inner job’s own', () => {
    const inner = job('inner').start(step('a')).build()
    expect(
      job('outer')
        .start(step('a'))
        .next(jobStep('b', inner))
        .build()
        .steps.map(({ name }) => name),
    ).toEqual(['a', 'b'])
  })

  it('that is known only at run time builds, and is checked then', () => {
    const dynamic = (name: string): Step<unknown, string> => lab.step(name)
    const [a, b] = [dynamic('a'), dynamic('b')]
    const made = job('j').start(a).next(b).on(a, 'X').to(b).from(b).next(dynamic('c')).build()
    expect(made.steps.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(refusal(() => job('j').start(dynamic('a')).next(dynamic('a')).build())).toMatchObject({ value: 'a' })
  })
})

describe('a transition', () => {
  const [a, b] = [step('a'), step('b')]

  it.each<[string, () => unknown, string, unknown]>([
    [
      'with a pattern that the step has already',
      () => loose().start(a).on(a, 'X').to(b).on(a, 'X').end().build(),
      'job("j").on',
      'X',
    ],
    ['from something that is not there', () => loose().start(a).on(b, 'X').end().build(), 'job("j").on', 'b'],
    [
      'from something inside a nested flow',
      () => loose().start(flow('f').start(b).build()).on(b, 'X').end().build(),
      'job("j").on',
      'b',
    ],
    ['without a pattern', () => loose().start(a).on(a, '').end(), 'job("j").on', ''],
    ['to an empty exit code', () => loose().start(a).on(a, 'X').end(''), 'job("j").end', ''],
    ['to nothing', () => loose().start(a).on(a, 'X').to(undefined), 'job("j").step', undefined],
    [
      'to the builder of a flow',
      () => loose().start(a).on(a, 'X').to(flow('f').start(b)),
      'job("j").step',
      expect.anything(),
    ],
    [
      'a line that goes on from something that is not there',
      () => loose().start(a).from(b).next(step('c')).build(),
      'job("j").from',
      'b',
    ],
    [
      'a second next of one place',
      () => loose().start(a).next(b).from(a).next(step('c')).build(),
      'job("j").next',
      'c',
    ],
  ])('%s is refused', (_what, draw, option, value) => {
    expect(refusal(draw)).toMatchObject({ option, value })
  })

  it('may lead forward to something that the main line takes up with from', () => {
    const c = step('c')
    const made = job('j').start(a).on(a, 'X').to(c).next(b).from(c).next(step('d')).build()
    expect([...made.flow.places].map(([name, { next }]) => [name, next])).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['b', undefined],
      ['d', undefined],
    ])
  })
})

describe('a decision, a split and a flow', () => {
  it('without transitions and next: a decision is refused', () => {
    const error = refusal(() =>
      job('j')
        .start(decision('d', () => 'X'))
        .build(),
    )
    expect(error).toMatchObject({ option: 'job("j").decision', value: 'd' })
  })

  it.each<[string, () => unknown, string]>([
    ['a decision without a function', () => decision('d', 'X' as never), 'decision.decide'],
    ['a decision without a name', () => decision('', () => 'X'), 'decision.name'],
    ['a split of nothing', () => split('s', []), 'split("s").flows'],
    ['a split of steps', () => split('s', [step('a')] as never), 'split("s").flows[0]'],
    [
      'a split on something that runs nothing',
      () => split('s', [one('f', 'a')], { taskExecutor: {} as never }),
      'split("s").taskExecutor',
    ],
    ['a flow step of a step', () => flowStep('f', step('a') as never), 'flowStep("f").flow'],
    ['a flow without a name', () => flow(''), 'flow.name'],
    ['a job step of a builder', () => jobStep('j', job('x').start(step('a')) as never), 'jobStep("j").job'],
    [
      'a job step with parameters as they are',
      () => jobStep('j', job('x').start(step('a')).build(), { parameters: {} } as never),
      'jobStep("j").parameters',
    ],
    [
      'an unknown option',
      () => flowStep('f', one('g', 'a'), { alowStartIfComplete: true } as never),
      'flowStep("f").alowStartIfComplete',
    ],
  ])('%s is refused', (_what, draw, option) => {
    expect(refusal(draw).option).toBe(option)
  })

  it('are values: a flow drawn twice from one builder is two flows', () => {
    const base = flow('f').start(step('a'))
    const [left, right] = [base.next(step('b')).build(), base.next(step('c')).build()]
    expect([[...left.places.keys()], [...right.places.keys()], [...base.build().places.keys()]]).toEqual([
      ['a', 'b'],
      ['a', 'c'],
      ['a'],
    ])
  })
})
