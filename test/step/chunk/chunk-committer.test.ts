import {
  type CheckpointAnswer,
  chunkStep,
  CommitOutcomeUnknownError,
  currentTransaction,
  type Lease,
  type ManagedTransaction,
  MemoryJobRepository,
  type StepExecution,
  type Transaction,
  type TransactionManager,
} from 'chunkwise'
import { ListItemWriter, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { numbers } from '../deferred.js'

/** The transactions of a manager, with something done around the commit number `nth`. */
function around(
  manager: TransactionManager,
  nth: number,
  commit: (transaction: ManagedTransaction) => Promise<void>,
): TransactionManager {
  let commits = 0
  return {
    resource: manager.resource,
    async begin(options) {
      const transaction = await manager.begin(options)
      const original = transaction.commit.bind(transaction)
      transaction.commit = () => {
        if (++commits !== nth) return original()
        transaction.commit = original
        return commit(transaction)
      }
      return transaction
    },
  }
}

/** A repository whose transactions are those of the function. */
class StrangeRepository extends MemoryJobRepository {
  override readonly transactionManager: TransactionManager

  constructor(nth: number, commit: (transaction: ManagedTransaction) => Promise<void>) {
    super()
    this.transactionManager = around(new MemoryJobRepository().transactionManager, nth, commit)
  }
}

const copy = (writer: ListItemWriter<number>) => chunkStep('copy', { chunkSize: 2, reader: numbers(6), writer })

describe('a commit whose outcome is unknown', () => {
  it('is read from the repository, and goes on when it was done', async () => {
    const writer = new ListItemWriter<number>()
    const lost = async (transaction: ManagedTransaction) => {
      await transaction.commit()
      throw new CommitOutcomeUnknownError(new Error('connection lost'))
    }
    const execution = await runStep(copy(writer), { repository: new StrangeRepository(2, lost) })
    expect(execution).toMatchObject({ status: 'COMPLETED', counts: { commit: 3, write: 6, rollback: 0 } })
    expect(writer.items).toEqual(numbers(6))
  })

  it('fails the chunk with what lost the connection when it was not done, and a restart doubles nothing', async () => {
    const writer = new ListItemWriter<number>()
    const lost = () => Promise.reject(new CommitOutcomeUnknownError(new Error('connection lost')))
    const repository = new StrangeRepository(2, lost)
    const execution = await runStep(copy(writer), { repository })
    expect(execution).toMatchObject({ status: 'FAILED', failures: [new Error('connection lost')] })
    expect(execution.counts).toMatchObject({ commit: 1, write: 2, rollback: 1 })
    expect(writer.items).toEqual([1, 2])
    expect((await runStep(copy(writer), { repository })).status).toBe('COMPLETED')
    expect(writer.items).toEqual(numbers(6))
  })

  it('runs the effects of the outcome once it has been read, though the connection is gone', async () => {
    for (const done of [true, false]) {
      const writer = new ListItemWriter<number>()
      const lost = (transaction: ManagedTransaction) => {
        // As with a connection that was destroyed, there is nothing to roll back.
        transaction.rollback = () => Promise.resolve()
        return Promise.reject(new CommitOutcomeUnknownError(new Error('connection lost')))
      }
      const repository = new StrangeRepository(2, lost)
      repository.isCheckpointCommitted = () => Promise.resolve(done)
      const { status } = await runStep(copy(writer), { repository })
      expect([status, writer.items]).toEqual(done ? ['COMPLETED', numbers(6)] : ['FAILED', [1, 2]])
    }
  })

  it('fails the step when it cannot be read', async () => {
    const lost = () => Promise.reject(new CommitOutcomeUnknownError(new Error('connection lost')))
    const repository = new StrangeRepository(2, lost)
    repository.isCheckpointCommitted = () => Promise.reject(new Error('still down'))
    const execution = await runStep(copy(new ListItemWriter<number>()), { repository })
    expect(execution).toMatchObject({ status: 'FAILED', failures: [new Error('still down')] })
  })
})

describe('a commit that fails', () => {
  it('rolls the chunk back', async () => {
    const writer = new ListItemWriter<number>()
    const refused = () => Promise.reject(new Error('deferred constraint'))
    const execution = await runStep(copy(writer), { repository: new StrangeRepository(3, refused) })
    expect(execution).toMatchObject({ status: 'FAILED', counts: { commit: 2, write: 4, rollback: 1 } })
    expect(writer.items).toEqual([1, 2, 3, 4])
  })

  it('because the step was changed by somebody else fails the step and stores nothing', async () => {
    const repository = new MemoryJobRepository()
    const writer = new ListItemWriter<number>()
    const save = repository.saveCheckpoint.bind(repository)
    repository.saveCheckpoint = (step: StepExecution, lease: Lease, transaction: Transaction) =>
      save({ ...step, version: step.version + 1 }, lease, transaction)
    await expect(runStep(copy(writer), { repository })).resolves.toMatchObject({
      status: 'FAILED',
      failures: [{ code: 'BATCH_OWNERSHIP_LOST' }],
    })
    expect(writer.items).toEqual([])
  })
})

describe('transactions of another database', () => {
  const other = () => new MemoryJobRepository().transactionManager

  it('commit before the checkpoint, and the step is at-least-once', async () => {
    const repository = new MemoryJobRepository()
    const events: string[] = []
    const save = repository.saveCheckpoint.bind(repository)
    repository.saveCheckpoint = (...args): Promise<CheckpointAnswer> => {
      events.push('checkpoint')
      return save(...args)
    }
    const writer = new ListItemWriter<number>()
    const step = chunkStep('other', {
      chunkSize: 2,
      reader: numbers(4),
      writer: {
        transactional: true,
        write(items: readonly number[], context) {
          writer.write(items, context)
          context.transaction.onCommit(() => events.push('rows'))
        },
      },
      transaction: other(),
    })
    const execution = await runStep(step, { repository })
    expect(execution).toMatchObject({ status: 'COMPLETED', guarantee: 'at-least-once', counts: { write: 4 } })
    expect(events).toEqual(['rows', 'checkpoint', 'rows', 'checkpoint'])
  })

  it('stay committed when the checkpoint fails: nobody is told of a rollback of these rows', async () => {
    const repository = new MemoryJobRepository()
    let rolledBack = 0
    repository.saveCheckpoint = (_step, _lease, transaction) => {
      transaction.onRollback(() => rolledBack++)
      throw new Error('no checkpoint')
    }
    const writer = new ListItemWriter<number>()
    const step = chunkStep('other', { chunkSize: 2, reader: numbers(4), writer, transaction: other() })
    expect(await runStep(step, { repository })).toMatchObject({ status: 'FAILED', counts: { write: 0, rollback: 1 } })
    expect([writer.items, rolledBack]).toEqual([[1, 2], 1])
  })
})

describe('the context of a writer', () => {
  it('has the transaction, which is also the current one of its pool, and nowhere else', async () => {
    const repository = new MemoryJobRepository()
    const { resource } = repository.transactionManager
    const seen: unknown[] = []
    const step = chunkStep('current', {
      chunkSize: 1,
      reader: [1],
      processor: (item) => {
        seen.push(currentTransaction(resource))
        return item
      },
      writer: async (_items, { transaction }) => {
        await Promise.resolve()
        seen.push(currentTransaction(resource) === transaction, currentTransaction({}))
      },
    })
    await runStep(step, { repository })
    expect(seen).toEqual([undefined, true, undefined])
  })

  it('gives the same keys array each time, made when it is asked for', async () => {
    const step = chunkStep('keys', {
      chunkSize: 2,
      reader: ['a', 'b'],
      writer: (_items, context) => {
        expect(context.keys).toBe(context.keys)
        expect(context.keys).toHaveLength(2)
      },
    })
    expect((await runStep(step)).status).toBe('COMPLETED')
  })

  it('refuses keys of the engine and values that would not come back, which fails the chunk', async () => {
    for (const [key, value] of [
      ['chunkwise.reader', 1],
      ['f', () => 1],
      ['nan', NaN],
    ] as const) {
      const step = chunkStep('put', {
        chunkSize: 1,
        reader: [1],
        writer: (_items, { executionContext }) => executionContext.put(key, value),
      })
      expect(await runStep(step)).toMatchObject({
        status: 'FAILED',
        failures: [{ code: 'BATCH_INVALID_CONTEXT_VALUE' }],
      })
    }
  })
})

it('the context that readers and processors see is that of the last committed chunk', async () => {
  const seen: unknown[] = []
  const step = chunkStep('seen', {
    chunkSize: 1,
    reader: numbers(3),
    processor: (item, { executionContext }) => {
      seen.push(executionContext.get('last'))
      return item
    },
    writer: ([item], { executionContext }) => executionContext.put('last', item),
  })
  await runStep(step)
  expect(seen).toEqual([undefined, 1, 2])
})
