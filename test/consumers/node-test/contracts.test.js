import { strictEqual, throws } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chunkStep, MemoryJobRepository } from 'chunkwise'
import {
  expectExactlyOnce,
  itemReaderContract,
  itemWriterContract,
  jobRepositoryContract,
  ListItemReader,
  ListItemWriter,
  restartAnywhere,
} from 'chunkwise/testing'

const numbers = Array.from({ length: 12 }, (_, index) => index)

jobRepositoryContract({ describe, it }, async () => ({ repository: new MemoryJobRepository() }))

itemReaderContract(
  { describe, it },
  {
    name: 'ListItemReader',
    create: () => ({ reader: () => new ListItemReader(numbers), expected: numbers }),
  },
)

itemWriterContract(
  { describe, it },
  {
    name: 'ListItemWriter',
    create: () => {
      const writer = new ListItemWriter()
      return { writer: () => writer, items: numbers, written: () => writer.items }
    },
  },
)

describe('the test kit', () => {
  it('proves a restart', async () => {
    const step = () => chunkStep('copy', { chunkSize: 5, reader: numbers, writer: new ListItemWriter() })
    const { chunks, restarts } = await restartAnywhere({ step })
    strictEqual(chunks, 3)
    strictEqual(restarts, 7)
  })

  it('says what was lost', () => {
    throws(() => expectExactlyOnce([{ id: 1 }, { id: 2 }], [{ id: 2 }]), { code: 'BATCH_NOT_EXACTLY_ONCE' })
  })
})
