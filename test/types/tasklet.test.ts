import {
  CommandTasklet,
  ExitStatus,
  job,
  type OutsideTasklet,
  type OutsideTaskletContext,
  type Step,
  type Tasklet,
  type TaskletContext,
  taskletStep,
  type Transaction,
} from 'chunkwise'
import { describe, expectTypeOf, it } from 'vitest'

/** Code that is compiled, and never run. */
const types = (code: () => unknown): void => {
  expectTypeOf(code).toBeFunction()
}

interface Daily {
  readonly day: string
}

describe('the types of a tasklet step', () => {
  it('hand a function its context', () => {
    types(() => [
      taskletStep('inside', ({ transaction, executionContext, key, signal }) => {
        expectTypeOf(transaction).toEqualTypeOf<Transaction>()
        expectTypeOf(key).toEqualTypeOf<string>()
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
        executionContext.put('a', 1)
      }),
      taskletStep('outside', async ({ executionContext, key }) => executionContext.put('key', key), { outside: true }),
      taskletStep('object', {
        transactional: true,
        async execute({ transaction }) {
          expectTypeOf(transaction).toEqualTypeOf<Transaction>()
        },
      }),
      taskletStep('outside object', {
        outside: true,
        execute: (context) => {
          expectTypeOf(context).toEqualTypeOf<OutsideTaskletContext>()
        },
      }),
    ])
  })

  it('carry the parameters that a tasklet reads, and its name', () => {
    class Inside implements Tasklet<Daily> {
      execute({ parameters }: TaskletContext<Daily>) {
        return parameters.day === '' ? 'FINISHED' : 'CONTINUABLE'
      }
    }
    class Outside implements OutsideTasklet<Daily> {
      readonly outside = true
      async execute({ parameters }: OutsideTaskletContext<Daily>) {
        return new ExitStatus(parameters.day)
      }
    }
    const args = ({ parameters }: OutsideTaskletContext<Daily>) => [parameters.day]
    const steps = () =>
      [
        taskletStep('a', ({ parameters }: TaskletContext<Daily>) => void parameters.day),
        taskletStep('b', async ({ parameters }: OutsideTaskletContext<Daily>) => void parameters.day, {
          outside: true,
        }),
        taskletStep('c', new Inside()),
        taskletStep('d', new Outside()),
        taskletStep('e', new CommandTasklet({ command: 'echo', args })),
      ] as const
    expectTypeOf(steps).returns.toEqualTypeOf<
      readonly [Step<Daily, 'a'>, Step<Daily, 'b'>, Step<Daily, 'c'>, Step<Daily, 'd'>, Step<Daily, 'e'>]
    >()
    types(() => {
      for (const step of steps()) {
        job('declared', { parameters: { day: 'string' } }).start(step)
        // @ts-expect-error the job does not declare the parameter
        job('undeclared').start(step)
        // @ts-expect-error the job declares it as something else
        job('other', { parameters: { day: 'date' } }).start(step)
      }
      return [
        job('none').start(taskletStep('none', () => undefined)),
        job('none').start(taskletStep('f', new CommandTasklet({ command: 'echo' }))),
      ]
    })
  })

  it('take every result that says how to go on', () => {
    types(() => [
      taskletStep('a', () => undefined),
      taskletStep('b', async () => {}),
      taskletStep('c', () => null),
      taskletStep('d', async ({ key }) => (key === '' ? 'CONTINUABLE' : 'FINISHED')),
      taskletStep('e', async ({ key }) => (key === '' ? new ExitStatus('NOTHING TO DO') : undefined)),
    ])
  })

  it('refuse what does not fit', () => {
    types(() => [
      // @ts-expect-error that says nothing
      taskletStep('a', () => 'DONE'),
      // @ts-expect-error neither does that
      taskletStep('b', async () => ({ rows: 1 })),
      // @ts-expect-error no tasklet
      taskletStep('c', { run: () => undefined }),
      // @ts-expect-error outside there is no transaction
      taskletStep('d', ({ transaction }) => void transaction, { outside: true }),
      // @ts-expect-error nor for a function that says that it wants one
      taskletStep('e', (context: TaskletContext) => void context.transaction, { outside: true }),
      // @ts-expect-error nor for an object
      taskletStep('f', { outside: true, execute: ({ transaction }: TaskletContext) => void transaction }),
      // @ts-expect-error a tasklet has no items to skip
      taskletStep('g', () => undefined, { skip: { limit: 1, on: [Error] } }),
      // @ts-expect-error nor chunks to limit
      taskletStep('h', () => undefined, { timeout: { chunk: '1s' } }),
      // @ts-expect-error a command has no line for a shell
      new CommandTasklet('echo hello'),
      // @ts-expect-error its arguments are texts
      new CommandTasklet({ command: 'echo', args: [1] }),
    ])
  })
})
