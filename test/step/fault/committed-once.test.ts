import {
  chunkStep,
  CommitOutcomeUnknownError,
  type Lease,
  type ManagedTransaction,
  MemoryJobRepository,
  SqlError,
  type StepExecution,
  type Transaction,
  type TransactionManager,
} from 'chunkwise'
import { ListItemWriter, ManualClock, runStep } from 'chunkwise/testing'
import { expect, it } from 'vitest'
import { numbers, settle } from '../deferred.js'

const lost = () => new SqlError({ kind: 'connection-lost', sqlState: '08006' }, new Error('connection lost'))

/** Moves time until the step has ended. */
async function ended<T>(running: Promise<T>, clock: ManualClock): Promise<T> {
  let done = false
  const watched = running.finally(() => (done = true))
  for (let wait = 0; wait < 50 && !done; wait++) {
    await settle()
    await clock.advance('10s')
  }
  return watched
}

/** A repository whose commits end without anybody knowing how, done or not. */
class VagueRepository extends MemoryJobRepository {
  override readonly transactionManager: TransactionManager

  constructor(isDone: boolean) {
    super()
    const { transactionManager } = new MemoryJobRepository()
    let commits = 0
    this.transactionManager = {
      resource: transactionManager.resource,
      async begin() {
        const transaction: ManagedTransaction = await transactionManager.begin()
        const commit = transaction.commit.bind(transaction)
        transaction.commit = async () => {
          if (++commits > 1) return commit()
          if (isDone) await commit()
          throw new CommitOutcomeUnknownError(lost())
        }
        return transaction
      },
    }
  }
}

it('a commit that was certainly not done is tried again; one that was done is not', async () => {
  for (const isDone of [true, false]) {
    const clock = new ManualClock()
    const list = new ListItemWriter<number>()
    const step = chunkStep('outcome', { chunkSize: 2, reader: numbers(4), writer: list })
    const execution = await ended(runStep(step, { repository: new VagueRepository(isDone), clock }), clock)
    expect(execution).toMatchObject({ status: 'COMPLETED', counts: { write: 4, rollback: isDone ? 0 : 1 } })
    expect(list.items).toEqual(numbers(4))
  }
})

it('a commit whose outcome cannot be read is never tried again, whatever may be retried or skipped', async () => {
  const clock = new ManualClock()
  const repository = new VagueRepository(true)
  let reads = 0
  repository.isCheckpointCommitted = () => {
    reads++
    return Promise.reject(lost())
  }
  let writes = 0
  const step = chunkStep('unreadable', {
    chunkSize: 2,
    reader: numbers(4),
    writer: () => void writes++,
    retry: { maxAttempts: 9, on: [Error] },
    skip: { limit: 9, on: [Error] },
  })
  const execution = await ended(runStep(step, { repository, clock }), clock)
  expect(execution).toMatchObject({ status: 'FAILED', failures: [{ kind: 'connection-lost' }] })
  expect([writes, reads]).toEqual([1, 7])
})

it('rows that are committed in another database are not written again when only the checkpoint fails', async () => {
  const clock = new ManualClock()
  const repository = new MemoryJobRepository()
  const save = repository.saveCheckpoint.bind(repository)
  let failing = 2
  repository.saveCheckpoint = (step: StepExecution, lease: Lease, transaction: Transaction) => {
    if (failing-- > 0) throw lost()
    return save(step, lease, transaction)
  }
  const list = new ListItemWriter<number>()
  const { transactionManager: transaction } = new MemoryJobRepository()
  const step = chunkStep('apart', { chunkSize: 2, reader: numbers(4), writer: list, transaction })
  const execution = await ended(runStep(step, { repository, clock }), clock)
  expect(execution).toMatchObject({ status: 'COMPLETED', counts: { write: 4, commit: 2, rollback: 2 } })
  expect(list.items).toEqual(numbers(4))
})
