import { FlatFileItemReader, FlatFileItemWriter } from 'chunkwise/file'
import { describe, expect, expectTypeOf, it } from 'vitest'

type ItemOf<R> = R extends { readChunk(...args: never): infer C } ? Exclude<C, Promise<unknown>> : never
const resource = 'a.csv'

describe('the types of files', () => {
  it('of a reader follow its columns', () => {
    const typed = new FlatFileItemReader({
      resource,
      columns: {
        id: 'long',
        big: 'bigint',
        name: { type: 'string', nullable: true },
        born: 'date',
        amount: { type: 'decimal', nullable: false },
        plain: { header: 'Plain' },
        own: (text: string) => (text === '' ? undefined : text.length > 3),
      },
    })
    expectTypeOf<ItemOf<typeof typed>>().toEqualTypeOf<
      readonly {
        id: number
        big: bigint
        name: string | null
        born: Date
        amount: string
        plain: string
        own: boolean
      }[]
    >()
    const listed = new FlatFileItemReader({ resource, columns: ['a', 'b'] })
    expectTypeOf<ItemOf<typeof listed>>().toEqualTypeOf<readonly { a: string; b: string }[]>()
    const named = new FlatFileItemReader({ resource, header: true })
    expectTypeOf<ItemOf<typeof named>>().toEqualTypeOf<readonly Record<string, string>[]>()
  })

  it('of a column are among those that are known', () => {
    // @ts-expect-error there is no type of this name
    const make = (): unknown => new FlatFileItemReader({ resource, columns: { a: 'number' } })
    expect(make).toThrow('FlatFileItemReader.columns.a must be one of')
  })

  it('of a writer are those of its items', () => {
    interface User {
      readonly id: number
      readonly name: string
    }
    new FlatFileItemWriter<User>({ resource, columns: ['id', 'name'] })
    new FlatFileItemWriter<User>({
      resource,
      columns: { id: 'id', n: ({ name }) => name },
    })
    new FlatFileItemWriter<User>({ resource, columns: { id: { width: 3 }, n: { value: 'name', width: 3 } } })
    // @ts-expect-error the item has no such property
    new FlatFileItemWriter<User>({ resource, columns: ['age'] })
    // @ts-expect-error nor has it this one
    new FlatFileItemWriter<User>({ resource, columns: { years: 'age' } })
  })
})
