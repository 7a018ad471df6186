import {
  chunkStep,
  type ItemProcessor,
  type ItemReader,
  type ItemStep,
  type ItemWriter,
  stepScope,
  type StepContext,
} from 'chunkwise'
import { describe, expectTypeOf, it } from 'vitest'

interface User {
  readonly name: string
  readonly age: number
}
interface Candidate {
  readonly name: string
}

declare const users: ItemReader<User>
declare const toCandidate: ItemProcessor<User, Candidate>
declare const candidates: ItemWriter<Candidate>
declare const numbers: ItemWriter<number>

const chunkSize = 10
/** Code that is compiled, and never run. */
const types = (code: () => unknown): void => {
  expectTypeOf(code).toBeFunction()
}

describe('the types of a chunk step', () => {
  it('flow from the reader through the processor to the writer', () => {
    types(() => [
      chunkStep('objects', { chunkSize, reader: users, processor: toCandidate, writer: candidates }),
      chunkStep('functions', {
        chunkSize,
        reader: users,
        processor: (user) => {
          expectTypeOf(user).toEqualTypeOf<User>()
          return user.age > 18 ? { name: user.name } : null
        },
        writer: (items) => {
          expectTypeOf(items).toEqualTypeOf<readonly { name: string }[]>()
        },
      }),
      chunkStep('async', {
        chunkSize,
        reader: users,
        processor: async (user) => (user.age > 18 ? user.age : undefined),
        writer: async (items, { keys }) => {
          expectTypeOf(items).toEqualTypeOf<readonly number[]>()
          expectTypeOf(keys).toEqualTypeOf<readonly string[]>()
        },
      }),
    ])
  })

  it('come from arrays, other iterables, and async generators', () => {
    types(() => [
      chunkStep('array', {
        chunkSize,
        reader: [1, 2],
        processor: (item) => `${item.toFixed()}`,
        writer: (items) => {
          expectTypeOf(items).toEqualTypeOf<readonly string[]>()
        },
      }),
      chunkStep('map', {
        chunkSize,
        reader: new Map([['a', 1]]),
        writer: (items) => {
          expectTypeOf(items).toEqualTypeOf<readonly [string, number][]>()
        },
      }),
      chunkStep('generator', {
        chunkSize,
        reader: async function* () {
          yield { name: 'Ada', age: 36 }
        },
        processor: (item) => item.age,
        writer: (items) => {
          expectTypeOf(items).toEqualTypeOf<readonly number[]>()
        },
      }),
    ])
  })

  it('come from a factory too, with the parameters that it reads', () => {
    const late = () =>
      chunkStep('late', {
        chunkSize,
        reader: ({ parameters }: StepContext<{ before: Date }>) => {
          expectTypeOf(parameters.before).toEqualTypeOf<Date>()
          return users
        },
        processor: (user, { parameters, key, signal }) => {
          expectTypeOf(user).toEqualTypeOf<User>()
          expectTypeOf(parameters).toEqualTypeOf<{ before: Date }>()
          expectTypeOf(key).toEqualTypeOf<string>()
          expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
          return toCandidate.process(user, {} as never)
        },
        writer: candidates,
      })
    expectTypeOf(late).returns.toEqualTypeOf<ItemStep<User, Candidate, { before: Date }, 'late'>>()
    types(() =>
      chunkStep('promised', {
        chunkSize,
        reader: async ({ parameters }: StepContext<{ before: Date }>) => [parameters.before],
        writer: (items) => {
          expectTypeOf(items).toEqualTypeOf<readonly Date[]>()
        },
      }),
    )
  })

  it('go through stepScope', () => {
    types(() =>
      chunkStep('scoped', {
        chunkSize,
        reader: users,
        processor: stepScope(() => toCandidate),
        writer: stepScope(async () => candidates),
      }),
    )
  })

  it('name the step', () => {
    const step = chunkStep('named', { chunkSize, reader: [1], writer: () => undefined })
    expectTypeOf(step.name).toEqualTypeOf<'named'>()
  })

  it('hand listeners the items', () => {
    types(() =>
      chunkStep('listened', {
        chunkSize,
        reader: users,
        processor: toCandidate,
        writer: candidates,
        listeners: [
          {
            afterRead: (item) => {
              expectTypeOf(item).toEqualTypeOf<User>()
            },
            afterProcess: (item, result) => {
              expectTypeOf(item).toEqualTypeOf<User>()
              expectTypeOf(result).toEqualTypeOf<Candidate | undefined>()
            },
            beforeWrite: (items) => {
              expectTypeOf(items).toEqualTypeOf<readonly Candidate[]>()
            },
          },
        ],
      }),
    )
  })

  it('refuse what does not fit', () => {
    types(() => [
      // @ts-expect-error the writer takes numbers, not candidates
      chunkStep('a', { chunkSize, reader: users, processor: toCandidate, writer: numbers }),
      // @ts-expect-error without a processor the writer must take what is read
      chunkStep('b', { chunkSize, reader: users, writer: numbers }),
      // @ts-expect-error the processor takes users
      chunkStep('c', { chunkSize, reader: [1, 2], processor: toCandidate, writer: candidates }),
      // @ts-expect-error there is no such field
      chunkStep('d', { chunkSize, reader: users, processor: (user) => user.height, writer: candidates }),
      // @ts-expect-error a chunk size is a number
      chunkStep('e', { chunkSize: '400', reader: users, writer: () => undefined }),
      // @ts-expect-error a chunk size must be given
      chunkStep('f', { reader: users, writer: () => undefined }),
      // @ts-expect-error a writer must be given
      chunkStep('g', { chunkSize, reader: users }),
      // @ts-expect-error that is no reader
      chunkStep('h', { chunkSize, reader: { rows: [] }, writer: () => undefined }),
      // @ts-expect-error a misspelt option
      chunkStep('i', { chunkSize, reader: users, writer: () => undefined, concurency: 2 }),
      chunkStep('j', {
        chunkSize,
        reader: users,
        // @ts-expect-error readers and processors see the context read-only
        processor: (user, { executionContext }) => executionContext.put('a', user),
        writer: () => undefined,
      }),
    ])
  })

  it('take a writer of a wider type', () => {
    types(() => chunkStep('wide', { chunkSize, reader: users, writer: {} as ItemWriter<{ readonly name: string }> }))
  })
})
