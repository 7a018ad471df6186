import { columnLiteral } from '../../sql/postgres/column-encoder.js'
import type { SqlStatement } from '../../sql/sql-connection.js'
import type { SqlTransaction } from '../../transaction/sql-transaction.js'
import { type PostgresColumn, postgresCatalog } from './postgres-catalog.js'
import { writeStatement } from './postgres-write-statement.js'
import { type Columns, encodingError, type TableCatalog } from './table-target.js'
import { type BatchWrites, keyOf, lastOfEach, type WritePlan } from './write-plan.js'
import { WrittenRowCountError } from './writer-errors.js'

interface Prepared {
  readonly plan: WritePlan<PostgresColumn>
  readonly statement: string
  readonly distinctStatement: string
}

/** Writes a chunk in one statement, with one array a column. */
export class PostgresBatch implements BatchWrites<PostgresColumn> {
  readonly catalog: TableCatalog<PostgresColumn> = postgresCatalog
  #prepared: Prepared | undefined

  write(transaction: SqlTransaction, plan: WritePlan<PostgresColumn>, values: Columns): void | Promise<void> {
    const prepared = this.#prepare(plan)
    // Without a key, or where the first one wins anyway, every item is sent.
    const replaces = plan.keys.length > 0 && plan.onConflict !== 'nothing'
    const kept = replaces ? lastOfEach(plan, values) : values
    const sent = kept ?? values
    const text = kept === undefined ? prepared.distinctStatement : prepared.statement
    const statement: SqlStatement = { text, values: literals(plan, sent) }
    if (plan.checkRows) return execute(transaction, statement, plan, sent)
    // Nobody waits for the answer: it travels with the checkpoint and COMMIT.
    transaction.queue(statement)
    return undefined
  }

  #prepare(plan: WritePlan<PostgresColumn>): Prepared {
    if (this.#prepared?.plan === plan) return this.#prepared
    this.#prepared = {
      plan,
      statement: writeStatement(plan, false),
      distinctStatement: plan.keys.length === 0 ? '' : writeStatement(plan, true),
    }
    return this.#prepared
  }
}

function literals({ columns }: WritePlan<PostgresColumn>, values: Columns): readonly string[] {
  try {
    return columns.map(({ encode }, index) => columnLiteral(values[index] ?? [], encode))
  } catch (error) {
    throw encodingError(columns, values, error)
  }
}

async function execute(
  transaction: SqlTransaction,
  statement: SqlStatement,
  plan: WritePlan<PostgresColumn>,
  sent: Columns,
): Promise<void> {
  const result = await transaction.execute(statement)
  const what = `${plan.mode} of ${plan.name}`
  if (plan.mode === 'insert') {
    const expected = sent[0]?.length ?? 0
    if (result.rowCount !== expected) throw new WrittenRowCountError(what, expected, result.rowCount)
    return
  }
  const [missing, first, expected] = (result.rows[0] ?? []).map(Number) as [number, number, number]
  if (missing === 0) return
  throw new WrittenRowCountError(what, expected, expected - missing, keyOf(plan, sent, first - 1))
}
