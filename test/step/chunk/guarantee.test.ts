import {
  chunkStep,
  type ItemReader,
  type ItemWriter,
  type Logger,
  MemoryJobRepository,
  type TransactionManager,
} from 'chunkwise'
import { ListItemReader, ListItemWriter, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'

const pool = {}

async function stated(reader: ItemReader<number>, writer: ItemWriter<number>, transaction?: TransactionManager) {
  const reasons: unknown[] = []
  const note = (fields: object | string) => void reasons.push((fields as { reasons?: unknown }).reasons)
  const nothing = () => undefined
  const logger: Logger = { debug: nothing, info: note, warn: nothing, error: nothing }
  const repository = new MemoryJobRepository()
  const step = chunkStep('stated', {
    chunkSize: 1,
    reader,
    writer,
    ...(transaction === undefined ? {} : { transaction }),
  })
  const { guarantee, id } = await runStep(step, { repository, logger })
  expect((await repository.getStepExecution(id))?.guarantee).toBe(guarantee)
  return {
    guarantee,
    reasons: reasons
      .flat()
      .filter((reason) => typeof reason === 'string')
      .join(),
  }
}

const list = () => new ListItemReader([])

describe('the guarantee of a step', () => {
  it('is exactly-once with a reader that has a position and a writer in the transaction', async () => {
    expect(await stated(list(), new ListItemWriter())).toEqual({ guarantee: 'exactly-once', reasons: '' })
  })

  it.each([
    ['a reader without a position', () => stated({ read: () => null }, new ListItemWriter()), 'no position'],
    ['a writer that does not say', () => stated(list(), { write: () => undefined }), 'transactional: true'],
    ['a writer of another pool', () => stated(list(), { transactional: true, pool, write: () => undefined }), 'pool'],
    [
      "transactions that are not the repository's",
      () => stated(list(), new ListItemWriter(), new MemoryJobRepository().transactionManager),
      'commit',
    ],
  ])('is at-least-once with %s, and the log says why', async (_, state, why) => {
    const { guarantee, reasons } = await state()
    expect(guarantee).toBe('at-least-once')
    expect(reasons).toContain(why)
  })
})
