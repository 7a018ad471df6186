import { chunkStep, job, listener, type StepCounts } from 'chunkwise'
import { runJob, runStep } from 'chunkwise/testing'
import { expect, expectTypeOf, it } from 'vitest'
import type { LISTENER_EVENTS } from '../../src/listener/check-listeners.js'
import type { ListenerEvents } from '../../src/listener/listener.js'

it('a listener of one function is told of its event and of no other', async () => {
  const seen: StepCounts[] = []
  const step = chunkStep('load', {
    chunkSize: 2,
    reader: [1, 2, 3],
    writer: () => undefined,
    listeners: [listener('afterChunk', ({ counts }) => void seen.push(counts))],
  })
  await runStep(step)
  expect(seen.map(({ read }) => read)).toEqual([2, 3])
})

it('a function for a job is told of the job', async () => {
  const statuses: string[] = []
  const step = chunkStep('load', { chunkSize: 1, reader: [1], writer: () => undefined })
  const made = job('told', { listeners: [listener('afterJob', ({ status }) => void statuses.push(status))] })
    .start(step)
    .build()
  await runJob(made)
  expect(statuses).toEqual(['COMPLETED'])
})

it('an event that does not exist is refused, with the one that was meant', () => {
  expect(() => listener('afterChunks' as 'afterChunk', () => undefined)).toThrow(/listener\.event .*afterChunk/)
})

it('a listener without a method for any event is refused: it is a misspelt one', () => {
  const listeners = [{ afterStpe: () => undefined }] as object[]
  const options = { chunkSize: 1, reader: [1], writer: () => undefined, listeners }
  expect(() => chunkStep('load', options)).toThrow(/listeners\[0\]/)
})

it('the list of events is that of the types', () => {
  expectTypeOf<(typeof LISTENER_EVENTS)[number]>().toEqualTypeOf<keyof ListenerEvents>()
})
