import {
  chunkStep,
  job,
  listPartitioner,
  type Partitioner,
  type PartitionHandler,
  partitionStep,
  type Step,
  type StepContext,
} from 'chunkwise'
import { filePartitioner } from 'chunkwise/file'
import {
  type KeyRange,
  partitionRange,
  PostgresKeyRangePartitioner,
  PostgresPagingItemReader,
} from 'chunkwise/postgres'
import pg from 'pg'
import { describe, expectTypeOf, it } from 'vitest'

/** Code that is compiled, and never run. */
const types = (code: () => unknown): void => {
  expectTypeOf(code).toBeFunction()
}

const pool = new pg.Pool()
const plain = chunkStep('plain', { chunkSize: 1, reader: () => [1], writer: () => {} })
const dated = chunkStep('dated', {
  chunkSize: 1,
  reader: ({ parameters }: StepContext<{ day: Date }>) => [parameters.day],
  writer: () => {},
})

describe('the types of a partitioned step', () => {
  it('keep its name, and the parameters that its worker and its partitioner read', () => {
    types(() => {
      const step = partitionStep('load', { partitioner: listPartitioner(['a']), step: plain })
      expectTypeOf(step).toEqualTypeOf<Step<Record<never, never>, 'load'>>()
      expectTypeOf(partitionStep('load', { partitioner: () => [], step: dated })).toEqualTypeOf<
        Step<{ day: Date }, 'load'>
      >()
      partitionStep('load', {
        partitioner: async function* (gridSize, { parameters }) {
          expectTypeOf(gridSize).toEqualTypeOf<number>()
          expectTypeOf(parameters.day).toEqualTypeOf<Date>()
          yield { name: 'a', context: { day: parameters.day } }
        },
        step: dated,
      })
    })
  })

  it('are those of the partitioner where it names those of its worker and more', () => {
    types(() => {
      const partitioner = (_: number, { parameters }: StepContext<{ day: Date; region: string }>) => [
        { name: parameters.region, context: {} },
      ]
      const step = partitionStep('both', { partitioner, step: dated })
      job('fits', { parameters: { day: 'date', region: 'string' } })
        .start(step)
        .build()
      // @ts-expect-error the partitioner reads a region
      job('misses', { parameters: { day: 'date' } }).start(step)
    })
  })

  it('are checked against the job', () => {
    types(() => {
      const step = partitionStep('load', { partitioner: () => [], step: dated })
      job('fits', { parameters: { day: 'date' } })
        .start(step)
        .build()
      // @ts-expect-error the job declares no day
      job('misses').start(step)
      const once = job('twice', { parameters: { day: 'date' } }).start(step)
      // @ts-expect-error the name stands for two things
      once.next(step)
    })
  })

  it('take partitioners as objects, as functions, and ready made', () => {
    types(() => [
      partitionStep('list', { partitioner: listPartitioner([1]), step: dated }),
      partitionStep('files', { partitioner: filePartitioner({ directory: 'in' }), step: dated }),
      partitionStep('keys', {
        partitioner: new PostgresKeyRangePartitioner({ pool, from: 'users', sortKeys: { id: 'asc' } }),
        step: dated,
      }),
      partitionStep('own', {
        partitioner: {} as Partitioner<{ day: Date }>,
        step: dated,
        handler: {} as PartitionHandler,
      }),
      // @ts-expect-error a partition has a name and a context
      partitionStep('half', { partitioner: () => [{ name: 'a' }], step: plain }),
      // @ts-expect-error a worker is a step
      partitionStep('none', { partitioner: () => [], step: {} }),
      // @ts-expect-error without a worker there is nothing to run
      partitionStep('missing', { partitioner: () => [] }),
    ])
  })

  it('do not let a range be forgotten', () => {
    types(() => (context: StepContext) => {
      const users = { pool, select: 'id', from: 'users', sortKeys: { id: 'asc' } } as const
      expectTypeOf(partitionRange(context)).toEqualTypeOf<KeyRange>()
      return [
        new PostgresPagingItemReader({ ...users, range: partitionRange(context) }),
        // @ts-expect-error a context may not have one
        new PostgresPagingItemReader({ ...users, range: context.executionContext.get<KeyRange>('range') }),
      ]
    })
  })
})
