import {
  chunkStep,
  ClassifierCompositeItemProcessor,
  ClassifierCompositeItemWriter,
  CompositeItemProcessor,
  CompositeItemReader,
  CompositeItemWriter,
  FilteringItemProcessor,
  GroupingItemReader,
  type ItemProcessor,
  type ItemReader,
  type ItemSchema,
  type ItemWriter,
  ValidatingItemProcessor,
} from 'chunkwise'
import { describe, expectTypeOf, it } from 'vitest'

interface User {
  readonly name: string
  readonly age: number
}

declare const users: ItemReader<User>
declare const names: ItemWriter<string>
declare const userWriter: ItemWriter<User>
declare const nameOf: (user: User) => string
declare const increment: (age: number) => number
declare const schema: ItemSchema<unknown, User>

const chunkSize = 10
/** Code that is compiled, and never run. */
const types = (code: () => unknown): void => {
  expectTypeOf(code).toBeFunction()
}

describe('the types of what is made of others', () => {
  it('are linked through a chain of processors', () => {
    types(() => {
      const chain = new CompositeItemProcessor(
        (user: User) => user.name,
        (name) => {
          expectTypeOf(name).toEqualTypeOf<string>()
          return name === '' ? null : name.length
        },
        async (length) => {
          expectTypeOf(length).toEqualTypeOf<number>()
          return new Date(length)
        },
      )
      expectTypeOf(chain).toExtend<ItemProcessor<User, Date>>()
      const schemaFirst = new CompositeItemProcessor(new ValidatingItemProcessor({ schema }), (user) => user.age)
      expectTypeOf(schemaFirst).toExtend<ItemProcessor<unknown, number>>()
      return [
        // @ts-expect-error the second takes a number, the first gives a text
        new CompositeItemProcessor(nameOf, increment),
        // @ts-expect-error it is given nothing
        new CompositeItemProcessor(),
        chunkStep('chain', {
          chunkSize,
          reader: users,
          processor: new CompositeItemProcessor(
            (user: User) => user.name,
            (name) => name.trim(),
          ),
          writer: names,
        }),
        chunkStep('other', {
          chunkSize,
          reader: users,
          processor: new CompositeItemProcessor((user: User) => user.age),
          // @ts-expect-error it writes names, and is given ages
          writer: names,
        }),
      ]
    })
  })

  it('are those of the readers and writers', () => {
    types(() => {
      const both = new CompositeItemReader([users, async function* (): AsyncGenerator<User> {}])
      expectTypeOf(both).toExtend<ItemReader<User>>()
      const groups = new GroupingItemReader({ reader: users, by: (user) => user.age })
      expectTypeOf(groups).toExtend<ItemReader<readonly User[]>>()
      return [
        chunkStep('copy', { chunkSize, reader: both, writer: new CompositeItemWriter([userWriter, userWriter]) }),
        // @ts-expect-error one of them writes names
        chunkStep('mixed', { chunkSize, reader: both, writer: new CompositeItemWriter<User>([userWriter, names]) }),
        chunkStep('groups', {
          chunkSize,
          reader: groups,
          processor: (group) => {
            expectTypeOf(group).toEqualTypeOf<readonly User[]>()
            return group.length
          },
          writer: (items) => {
            expectTypeOf(items).toEqualTypeOf<readonly number[]>()
          },
        }),
      ]
    })
  })

  it('name the delegates that a classifier may give', () => {
    types(() => [
      new ClassifierCompositeItemWriter({
        classify: (user: User) => (user.age > 18 ? 'grown' : 'young'),
        writers: { grown: userWriter, young: (items) => expectTypeOf(items).toEqualTypeOf<readonly User[]>() },
      }),
      new ClassifierCompositeItemWriter({
        // @ts-expect-error there is no writer of that name
        classify: (user: User) => (user.age > 18 ? 'grown' : 'old'),
        writers: { grown: userWriter, young: userWriter },
      }),
      new ClassifierCompositeItemProcessor({
        // @ts-expect-error there is no processor of that name
        classify: (_user: User) => 'one',
        processors: { two: (user: User) => user.name },
      }),
    ])
  })

  it('are narrowed by a guard', () => {
    types(() => {
      const texts = new FilteringItemProcessor((item: unknown): item is string => typeof item === 'string')
      expectTypeOf(texts).toExtend<ItemProcessor<unknown, string>>()
      return texts
    })
  })
})
