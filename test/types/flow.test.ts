import {
  decision,
  type DecisionContext,
  type DoesNotFit,
  type FitsName,
  type FitsParameters,
  type Flow,
  flow,
  flowStep,
  type IsThere,
  job,
  jobStep,
  split,
  type Step,
  type StepContext,
} from 'chunkwise'
import { describe, expectTypeOf, it } from 'vitest'

declare function plain<const N extends string>(name: N): Step<Record<never, never>, N>
declare function dated<const N extends string>(name: N): Step<{ readonly day: Date }, N>
declare function counted<const N extends string>(name: N): Step<{ readonly max: number }, N>
declare const dynamic: Step<Record<never, never>, string>

/** Code that is compiled, and never run. */
const types = (code: () => unknown): void => {
  expectTypeOf(code).toBeFunction()
}

const day = { parameters: { day: 'date' } } as const

describe('the types of a flow', () => {
  it('gather what its steps read, and their names', () => {
    types(() => {
      const made = flow('f').start(plain('a')).next(dated('b')).next(counted('c')).build()
      expectTypeOf(made.name).toEqualTypeOf<'f'>()
      expectTypeOf<NonNullable<(typeof made)['innerNames']>>().toEqualTypeOf<'a' | 'b' | 'c'>()
      expectTypeOf<Parameters<NonNullable<(typeof made)['parametersType']>>[0]>().toExtend<{ day: Date; max: number }>()
      return made
    })
  })

  it('fit into a job that declares what they read', () => {
    types(() => [
      job('j', day)
        .start(flow('f').start(dated('a')).build())
        .build(),
      job('j', { parameters: { day: 'date', max: 'long' } })
        .start(split('s', [flow('f').start(dated('a')).build(), flow('g').start(counted('b')).build()]))
        .build(),
    ])
  })

  it('refuse a job that lacks a parameter that something inside reads', () => {
    types(() => {
      const reads = flow('f').start(plain('a')).next(dated('b')).build()
      const weekday = decision('d', ({ parameters }: DecisionContext<{ day: Date }>) => parameters.day.toISOString())
      return [
        // @ts-expect-error a step in a nested flow reads the day
        job('j').start(reads),
        // @ts-expect-error also two flows deep
        job('j').start(flow('g').start(reads).build()),
        // @ts-expect-error also in a branch of a split
        job('j').start(split('s', [flow('g').start(plain('x')).build(), reads])),
        // @ts-expect-error also in a flow step
        job('j').start(flowStep('fs', reads)),
        // @ts-expect-error also behind a transition
        job('j').start(plain('x')).on(plain('x'), 'X').to(reads),
        // @ts-expect-error also where a restart begins
        job('j').start(plain('x')).on(plain('x'), 'X').stopAndRestart(dated('y')),
        // @ts-expect-error also a decision
        job('j').start(weekday),
        // @ts-expect-error of another type
        job('j', { parameters: { day: 'string' } }).start(weekday),
        // @ts-expect-error what a flow has through its transitions counts as well
        job('j').start(flow('g').start(plain('x')).on(plain('x'), 'X').to(dated('y')).build()),
      ]
    })
  })

  it('say it in a sentence', () => {
    expectTypeOf<FitsParameters<Record<never, never>, { day: Date }>>().toEqualTypeOf<
      DoesNotFit<'the step reads the parameter "day", which the job does not declare with that type'>
    >()
    expectTypeOf<FitsParameters<{ day: Date; max: number }, { day: Date } & { max: number }>>().toEqualTypeOf<unknown>()
  })
})

describe('the types of names', () => {
  it('refuse a name that is there, inside nested flows too', () => {
    types(() => {
      const f = flow('f').start(plain('a')).next(plain('b')).build()
      const both = split('s', [f])
      const decided = decision('d', () => 'X')
      return [
        // @ts-expect-error a step of the nested flow
        job('j').start(f).next(plain('b')),
        // @ts-expect-error the nested flow has a step of a name that is there
        job('j').start(plain('a')).next(f),
        // @ts-expect-error the flow itself
        job('j').start(f).next(plain('f')),
        // @ts-expect-error in a branch of a split
        job('j').start(plain('a')).next(both),
        // @ts-expect-error in a flow step
        job('j').start(flowStep('fs', f)).next(plain('a')),
        // @ts-expect-error in a flow as in a job
        flow('g').start(plain('a')).next(f),
        // @ts-expect-error two flows deep
        job('j').start(flow('g').start(f).build()).next(plain('a')),
        // @ts-expect-error a decision
        job('j').start(plain('d')).next(decided),
        // @ts-expect-error what a transition has added
        job('j').start(plain('x')).on(plain('x'), 'X').to(plain('y')).next(plain('y')),
        // @ts-expect-error where a restart begins
        job('j').start(plain('x')).on(plain('x'), 'X').stopAndRestart(plain('y')).next(plain('y')),
      ]
    })
    expectTypeOf<FitsName<'a' | 'f', 'f' | 'x'>>().toEqualTypeOf<DoesNotFit<'the job already has a step named "f"'>>()
  })

  it('refuse a transition or a line from something that is not there', () => {
    types(() => [
      // @ts-expect-error not in the job
      job('j').start(plain('a')).on(plain('b'), 'X'),
      // @ts-expect-error not in the job
      job('j').start(plain('a')).from(plain('b')),
      // @ts-expect-error not in the flow
      flow('f').start(plain('a')).on(plain('b'), 'X'),
      // @ts-expect-error not in the flow
      flow('f').start(plain('a')).from(plain('b')),
    ])
    expectTypeOf<IsThere<'a', 'b'>>().toEqualTypeOf<
      DoesNotFit<'nothing named "b" is in the flow yet: add it with start, next or to before'>
    >()
    expectTypeOf<IsThere<'a' | 'b', 'b'>>().toEqualTypeOf<unknown>()
  })

  it('let through what start, next, to and stopAndRestart have added', () => {
    types(() => {
      const [a, b, c, d] = [plain('a'), plain('b'), plain('c'), plain('d')]
      return job('j')
        .start(a)
        .next(b)
        .on(a, 'X')
        .to(c)
        .on(b, 'Y')
        .stopAndRestart(d)
        .on(c, 'X')
        .fail()
        .from(d)
        .next(plain('e'))
        .build()
    })
  })

  it('that are known only at run time go through: the builder checks them', () => {
    types(() => [
      job('j').start(dynamic).next(dynamic).on(dynamic, 'X').to(dynamic).from(dynamic).build(),
      job('j').start(plain('a')).next(dynamic).next(plain('b')).on(plain('c'), 'X').end().build(),
      flow('f').start(dynamic).next(dynamic).on(dynamic, 'X').end().build(),
    ])
    expectTypeOf<FitsName<string, 'a'>>().toEqualTypeOf<unknown>()
    expectTypeOf<IsThere<string, 'a'>>().toEqualTypeOf<unknown>()
  })
})

describe('the types of a decision and a split', () => {
  it('refuse a decider that gives no name', () => {
    types(() => [
      decision('d', () => 'X'),
      decision('d', async () => 'X'),
      // @ts-expect-error a name is a text
      decision('d', () => 7),
      // @ts-expect-error it may give nothing
      decision('d', (): string | undefined => undefined),
    ])
  })

  it('refuse what is no flow in a split, and no flow in a flow step', () => {
    types(() => [
      // @ts-expect-error a step is no flow
      split('s', [plain('a')]),
      // @ts-expect-error a builder is no flow
      split('s', [flow('f').start(plain('a'))]),
      // @ts-expect-error a step is no flow
      flowStep('f', plain('a')),
      // @ts-expect-error that is no executor
      split('s', [flow('f').start(plain('a')).build()], { taskExecutor: {} }),
    ])
  })

  it('keep a flow a flow for those who name its type', () => {
    types(() => {
      const made: Flow<{ day: Date }, 'f', 'a'> = flow('f').start(dated('a')).build()
      return made
    })
  })
})

describe('the types of a job as a step', () => {
  const inner = () =>
    job('inner', { parameters: { key: 'string', n: { type: 'long', default: 1 } } })
      .start(plain('x'))
      .build()
  const free = () =>
    job('free', { parameters: { n: { type: 'long', default: 1 } } })
      .start(plain('x'))
      .build()

  it('ask for the parameters that the inner job needs', () => {
    types(() => [
      jobStep('a', inner(), { parameters: () => ({ key: 'k' }) }),
      jobStep('b', inner(), { parameters: async () => ({ key: 'k', n: 2 }) }),
      jobStep('c', free()),
      jobStep('d', free(), { allowStartIfComplete: true }),
      // @ts-expect-error the inner job needs a key
      jobStep('e', inner()),
      // @ts-expect-error the inner job needs a key
      jobStep('f', inner(), { startLimit: 2 }),
      // @ts-expect-error the key is missing
      jobStep('g', inner(), { parameters: () => ({ n: 2 }) }),
      // @ts-expect-error of another type
      jobStep('h', inner(), { parameters: () => ({ key: 7 }) }),
      // @ts-expect-error a builder is no job
      jobStep('i', job('inner').start(plain('x'))),
    ])
  })

  it('refuse an outer job that lacks what the parameters are made of', () => {
    types(() => {
      const step = jobStep('a', inner(), {
        parameters: ({ parameters }: StepContext<{ day: Date }>) => ({ key: parameters.day.toISOString() }),
      })
      return [
        job('outer', day).start(step).build(),
        // @ts-expect-error the outer job has no day
        job('outer').start(step),
        // @ts-expect-error of another type
        job('outer', { parameters: { day: 'string' } }).start(step),
        // @ts-expect-error also in a nested flow
        job('outer').start(flow('f').start(step).build()),
      ]
    })
  })

  it('have a name of their own: what is inside the inner job does not count', () => {
    types(() => [
      job('outer').start(plain('x')).next(jobStep('a', free())).build(),
      // @ts-expect-error the step itself counts
      job('outer').start(plain('a')).next(jobStep('a', free())),
    ])
  })

  it('refuse to join what is not there', () => {
    types(() => {
      const line = flow('f').start(plain('a')).next(plain('b'))
      line.from(plain('a')).join(plain('b')).next(plain('c'))
      // @ts-expect-error c is not there
      line.join(plain('c'))
      // @ts-expect-error nor in a job
      job('j').start(plain('a')).join(plain('c'))
      return line
    })
  })
})
