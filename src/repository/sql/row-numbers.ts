import { withConnection } from '../../sql/sql-connection.js'
import { type SqlText, toStatement } from '../../sql/sql-text.js'
import { RowReader } from './row-reader.js'
import type { SqlStore } from './sql-store.js'
import type { SqlWork } from './sql-work.js'

/** Numbers for new rows: taken by `next` inside the transaction, or there already. */
export interface RowNumbers {
  /** Takes the next one; it is known when the answer to what `work` awaits next has come. */
  next(work: SqlWork): () => number
}

/**
 * Prepares to take `count` numbers of a sequence. Where the database keeps sequences in tables, they are taken now: inside
 * a transaction the sequence's row would stay locked and make all other starts wait. Numbers that are not used are lost.
 */
export async function prepareNumbers(store: SqlStore, sequence: SqlText, count: number): Promise<RowNumbers> {
  const { dialect } = store
  if (dialect.takeNumbers === undefined) return { next: (work) => queueNext(store, work, sequence) }
  const texts = dialect.takeNumbers(sequence, count)
  const highest = await withConnection(store.database, async (connection) => {
    const results = await connection.run(texts.map((text) => toStatement(text, dialect.placeholder)))
    return new RowReader(results.at(-1)?.rows[0] ?? []).integer('the next id')
  })
  let number = highest - count
  return {
    next: () => {
      const taken = ++number
      return () => taken
    },
  }
}

function queueNext({ dialect }: SqlStore, work: SqlWork, sequence: SqlText): () => number {
  if (dialect.nextNumber === undefined) throw new Error('the dialect has no way to take a number of a sequence')
  const answer = work.queue(dialect.nextNumber(sequence))
  return () => new RowReader(answer.rows[0] ?? []).integer('the next id')
}
