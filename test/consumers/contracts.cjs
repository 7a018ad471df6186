const { strictEqual, throws } = require('node:assert/strict')

const numbers = Array.from({ length: 12 }, (_, index) => index)

/** Declares the contracts and a few tests of the test kit, by the functions of a test runner and the package as it was loaded. */
module.exports = function declareContracts({ describe, it }, { chunkStep, MemoryJobRepository }, testing) {
  const { ListItemReader, ListItemWriter } = testing

  testing.jobRepositoryContract({ describe, it }, async () => ({ repository: new MemoryJobRepository() }))

  testing.itemReaderContract(
    { describe, it },
    {
      name: 'ListItemReader',
      create: () => ({ reader: () => new ListItemReader(numbers), expected: numbers }),
    },
  )

  testing.itemWriterContract(
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
      const { chunks, restarts } = await testing.restartAnywhere({ step })
      strictEqual(chunks, 3)
      strictEqual(restarts, 7)
    })

    it('says what was lost', () => {
      throws(() => testing.expectExactlyOnce([{ id: 1 }, { id: 2 }], [{ id: 2 }]), { code: 'BATCH_NOT_EXACTLY_ONCE' })
    })
  })
}
