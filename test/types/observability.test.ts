import {
  chunkStep,
  type ChunkTrace,
  consoleLogger,
  job,
  listPartitioner,
  loggingListener,
  partitionStep,
  progressBar,
  progressListener,
  taskletStep,
} from 'chunkwise'
import { expectTypeOf, test } from 'vitest'

const progress = progressListener(progressBar({ write: () => {} }))
const log = loggingListener(consoleLogger())

test('progress and logging listeners fit jobs and every kind of step', () => {
  const listeners = [progress, log]
  const load = chunkStep('load', { chunkSize: 1, reader: () => [1], processor: String, writer: () => {}, listeners })
  const call = taskletStep('call', () => 'FINISHED' as const, { listeners })
  const parts = partitionStep('parts', { partitioner: listPartitioner([1]), step: load, listeners })
  expectTypeOf(job('all', { listeners }).start(call).next(parts).build().name).toEqualTypeOf<string>()
})

test('a stream of Node is something to draw on', () => {
  expectTypeOf(progressBar).toBeCallableWith(process.stderr, { items: 'users' })
})

test('messages of channels lead up, and options are checked', () => {
  expectTypeOf<ChunkTrace['step']['job']['jobExecution']['jobName']>().toEqualTypeOf<string>()
  expectTypeOf<ChunkTrace['outcome']>().toEqualTypeOf<'committed' | 'failed' | 'dropped' | undefined>()
  // @ts-expect-error the name of no option
  expectTypeOf(() => progressListener(() => {}, { evry: '1s' })).toBeFunction()
})
