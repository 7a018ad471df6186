import type { ItemSchema } from 'chunkwise'
import {
  FlatFileItemReader,
  FlatFileItemWriter,
  JsonItemReader,
  JsonLinesItemReader,
  MultiResourceItemReader,
  XmlItemReader,
  XmlItemWriter,
  type XmlObject,
} from 'chunkwise/file'
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

  it('of JSON are those of a schema, or what is said of them', () => {
    const schema = undefined as unknown as ItemSchema<unknown, { id: number }>
    const lines = () => new JsonLinesItemReader({ resource, schema })
    expectTypeOf<ItemOf<ReturnType<typeof lines>>>().toEqualTypeOf<readonly { id: number }[]>()
    const made = () => new JsonItemReader({ resource, schema })
    expectTypeOf<ItemOf<ReturnType<typeof made>>>().toEqualTypeOf<readonly { id: number }[]>()
  })

  it('of XML are objects of texts, or what a function makes', () => {
    const plain = new XmlItemReader({ resource, element: 'a' })
    expectTypeOf<ItemOf<typeof plain>>().toEqualTypeOf<readonly XmlObject[]>()
    const mapped = new XmlItemReader({ resource, element: 'a', map: ({ text }) => text.length })
    expectTypeOf<ItemOf<typeof mapped>>().toEqualTypeOf<readonly number[]>()
    // @ts-expect-error a function has no text
    const make = (): unknown => new XmlItemWriter<number>({ resource, root: 'r', element: 'a', map: (n) => () => n })
    expect(make).toBeTypeOf('function')
  })

  it('of several files follow their reader and what is made of its items', () => {
    const make = () =>
      new MultiResourceItemReader({
        root: 'x',
        reader: ({ path }) => new FlatFileItemReader({ resource: path, columns: { id: 'long' } }),
        map: ({ id }, { name }) => ({ id, name }),
      })
    expectTypeOf<Awaited<ReturnType<ReturnType<typeof make>['readChunk']>>>().toEqualTypeOf<
      readonly { id: number; name: string }[]
    >()
  })
})
