import { joinSql, sql, type SqlText } from '../../sql/sql-text.js'
import type { Lease } from '../lease.js'
import { NOT_STARTED, type PartitionSeed, type PartitionsRequest } from '../partitions.js'
import { contextColumns } from './column-text.js'
import { holdLease, leaseLost } from './lease-conditions.js'
import { checkpointLost } from './queued-checkpoint.js'
import { prepareNumbers } from './row-numbers.js'
import type { SqlStore } from './sql-store.js'
import { type SqlWork, transact, untilKnown } from './sql-work.js'
import type { StepWriter } from './step-writer.js'

/** The most rows that one INSERT has. */
const ROWS = 500
/** The most characters of contexts that one INSERT has, except where one row alone has more. */
const CHARACTERS = 1_000_000

interface SeedRow {
  readonly stepName: string
  readonly short: string
  readonly serialized: string | null
}

/** Stores the partitions of a step, before they run. */
export class PartitionWriter {
  readonly #store: SqlStore
  readonly #steps: StepWriter

  constructor(store: SqlStore, steps: StepWriter) {
    this.#store = store
    this.#steps = steps
  }

  async create({ lease, stepExecution, partitions }: PartitionsRequest): Promise<void> {
    const write = async (): Promise<boolean> => {
      const numbers = await prepareNumbers(this.#store, this.#store.tables.stepExecutionIds, partitions.length)
      return transact(this.#store, lease.ownerId, async (work) => {
        work.require(holdLease(this.#store, lease), leaseLost(lease))
        this.#steps.queueCheckpoint(work, stepExecution, () => checkpointLost(lease))
        const take = numbers.take(work)
        await work.flush()
        const ids = [...take()]
        for (const rows of batches(partitions)) {
          this.#queueInserts(work, lease, rows, ids.splice(0, rows.length))
          // Not all at once: the contexts of many thousand partitions are not to wait in memory as SQL.
          await work.flush()
        }
        return true
      })
    }
    // All of it is one transaction: the step's own row tells whether it was committed.
    await untilKnown(write, async () => (await this.#steps.isCommitted(stepExecution, lease)) || undefined)
  }

  #queueInserts(work: SqlWork, { jobExecutionId }: Lease, rows: readonly SeedRow[], ids: readonly number[]): void {
    const { tables, dialect } = this.#store
    const withId = rows.map((row, index) => ({ ...row, id: ids[index] as number }))
    const steps = withId.map(
      ({ id, stepName }) => sql`(${id}, 0, ${stepName}, ${jobExecutionId}, ${dialect.now}, NULL, 'STARTING',
        0, 0, 0, 0, 0, 0, 0, 0, 'EXECUTING', '', ${dialect.now})`,
    )
    work.queue(sql`INSERT INTO ${tables.stepExecution} (STEP_EXECUTION_ID, VERSION, STEP_NAME, JOB_EXECUTION_ID,
        CREATE_TIME, START_TIME, STATUS, COMMIT_COUNT, READ_COUNT, FILTER_COUNT, WRITE_COUNT, READ_SKIP_COUNT,
        WRITE_SKIP_COUNT, PROCESS_SKIP_COUNT, ROLLBACK_COUNT, EXIT_CODE, EXIT_MESSAGE, LAST_UPDATED)
      VALUES ${joinSql(steps)}`)
    const contexts = withId.map(({ id, short, serialized }) => sql`(${id}, ${short}, ${serialized})`)
    work.queue(sql`INSERT INTO ${tables.stepContext} (STEP_EXECUTION_ID, SHORT_CONTEXT, SERIALIZED_CONTEXT)
      VALUES ${joinSql(contexts)}`)
  }
}

/** Ends the partitions that never began, of the step executions that `where` finds: their job execution ends. */
export function queueNeverBegan({ tables, dialect }: SqlStore, work: SqlWork, where: SqlText): void {
  work.queue(sql`UPDATE ${tables.stepExecution} SET VERSION = VERSION + 1, STATUS = 'STOPPED', EXIT_CODE = 'STOPPED',
      EXIT_MESSAGE = ${NOT_STARTED}, END_TIME = ${dialect.now}, LAST_UPDATED = ${dialect.now}
    WHERE ${where} AND STATUS = 'STARTING' AND START_TIME IS NULL`)
}

function* batches(partitions: readonly PartitionSeed[]): Generator<readonly SeedRow[]> {
  let batch: SeedRow[] = []
  let characters = 0
  for (const { stepName, executionContext } of partitions) {
    const row = { stepName, ...contextColumns(executionContext) }
    const length = row.short.length + (row.serialized?.length ?? 0)
    if (batch.length === ROWS || (batch.length > 0 && characters + length > CHARACTERS)) {
      yield batch
      batch = []
      characters = 0
    }
    batch.push(row)
    characters += length
  }
  if (batch.length > 0) yield batch
}
