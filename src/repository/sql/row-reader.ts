import { BatchStatus } from '../../domain/batch-status.js'
import { deserializeContext } from '../../domain/context-json.js'
import { ExecutionContext } from '../../domain/execution-context.js'
import { ExitStatus } from '../../domain/exit-status.js'
import type { SqlRow } from '../../sql/sql-connection.js'
import { StoredNumberError } from '../repository-errors.js'

/** Reads the columns of a row one after another, as the query lists them. */
export class RowReader {
  readonly #row: SqlRow
  #column = 0

  constructor(row: SqlRow) {
    this.#row = row
  }

  text(): string | undefined {
    return this.#row[this.#column++] ?? undefined
  }

  /** A BIGINT; null is 0. Throws `StoredNumberError` beyond 2^53 - 1. */
  integer(name: string): number {
    const text = this.text() ?? '0'
    const value = Number(text)
    if (!Number.isSafeInteger(value)) throw new StoredNumberError(name, text)
    return value
  }

  /** ISO text in UTC; what is finer than a millisecond is cut off. */
  time(): Date | undefined {
    const text = this.text()
    return text === undefined ? undefined : new Date(`${text.slice(0, 23)}Z`)
  }

  status(): BatchStatus {
    return BatchStatus.parse(this.text() ?? 'UNKNOWN')
  }

  /** EXIT_CODE and EXIT_MESSAGE. */
  exitStatus(): ExitStatus {
    const code = this.text()
    const message = this.text()
    return new ExitStatus(code === undefined || code === '' ? 'UNKNOWN' : code, message ?? '')
  }

  /** Empty where there is none. */
  context(): ExecutionContext {
    const text = this.text()
    return text === undefined ? new ExecutionContext() : deserializeContext(text)
  }

  boolean(): boolean {
    const text = this.text()
    return text === 't' || text === '1'
  }
}
