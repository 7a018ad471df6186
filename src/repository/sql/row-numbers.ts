import { withConnection } from '../../sql/sql-connection.js'
import { type SqlText, toStatement } from '../../sql/sql-text.js'
import { RowReader } from './row-reader.js'
import type { SqlStore } from './sql-store.js'
import type { SqlWork } from './sql-work.js'

/** Numbers for new rows: taken inside the transaction, or there already. */
export interface RowNumbers {
  /** Takes them; they are known, in ascending order, when the answer to what `work` awaits next has come. */
  take(work: SqlWork): () => readonly number[]
}

/**
 * Prepares to take `count` numbers of a sequence. Where the database keeps sequences in tables, they are taken now: inside
 * a transaction the sequence's row would stay locked and make all other starts wait. Numbers that are not used are lost.
 */
export async function prepareNumbers(store: SqlStore, sequence: SqlText, count: number): Promise<RowNumbers> {
  const { dialect } = store
  if (dialect.takeNumbers === undefined) return { take: (work) => queueNumbers(store, work, sequence, count) }
  const texts = dialect.takeNumbers(sequence, count)
  const highest = await withConnection(store.database, async (connection) => {
    const results = await connection.run(texts.map((text) => toStatement(text, dialect.placeholder)))
    return new RowReader(results.at(-1)?.rows[0] ?? []).integer('the next id')
  })
  const numbers = Array.from({ length: count }, (_, index) => highest - count + 1 + index)
  return { take: () => () => numbers }
}

function queueNumbers({ dialect }: SqlStore, work: SqlWork, sequence: SqlText, count: number): () => readonly number[] {
  if (dialect.nextNumbers === undefined) throw new Error('the dialect has no way to take numbers of a sequence')
  const answer = work.queue(dialect.nextNumbers(sequence, count))
  return () => answer.rows.map((row) => new RowReader(row).integer('the next id')).sort((a, b) => a - b)
}
