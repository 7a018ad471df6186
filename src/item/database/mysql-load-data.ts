import { Readable } from 'node:stream'
import { copyText } from '../../sql/copy-text.js'
import { quoteBackticks } from '../../sql/identifier.js'
import { classifyMysqlError } from '../../sql/mysql/mysql-errors.js'
import type { SqlResult, SqlValue } from '../../sql/sql-connection.js'
import { SqlError } from '../../sql/sql-error.js'
import type { SqlTransaction } from '../../transaction/sql-transaction.js'
import type { Append } from './append-item-writer.js'
import { type MysqlColumn, mysqlCatalog } from './mysql-catalog.js'
import { type Columns, encodingError } from './table-target.js'
import { LocalInfileDisabledError, WrittenRowCountError } from './writer-errors.js'

/** What the driver sends at once. */
const BLOCK = 65_536
/** The command is not allowed (MySQL before 8, MySQL 8, MariaDB). */
const FORBIDDEN: ReadonlySet<unknown> = new Set([1148, 3948, 4166])

/** Sends rows with LOAD DATA LOCAL INFILE. */
export function mysqlLoadData(owner: string): Append<MysqlColumn> {
  return {
    catalog: mysqlCatalog,
    async send(transaction, table, columns, values) {
      const blocks = encode(columns, values)
      const load = { text: loadStatement(table, columns), infile: () => Readable.from(pieces(blocks)) }
      await transaction.flush()
      let results: readonly SqlResult[]
      try {
        results = await transaction.connection.run([load, { text: 'SHOW WARNINGS' }])
      } catch (error) {
        throw await meaning(owner, transaction, error)
      }
      checkWarnings(results[1])
      const [expected, written] = [values[0]?.length ?? 0, results[0]?.rowCount ?? 0]
      if (written !== expected) throw new WrittenRowCountError(`load into ${table}`, expected, written)
    },
  }
}

/** Hexadecimal, so that no `sql_mode` reads a backslash in another way. Bytes and bits travel as texts of themselves. */
function loadStatement(table: string, columns: readonly MysqlColumn[]): string {
  const fields = columns.map(({ name, loaded }, index) =>
    loaded === 'text' ? quoteBackticks(name) : `@chunkwise_${index}`,
  )
  const set = columns.flatMap(({ name, loaded }, index) => {
    if (loaded === 'text') return []
    const value = loaded === 'hex' ? `UNHEX(@chunkwise_${index})` : `CAST(@chunkwise_${index} AS UNSIGNED)`
    return [`${quoteBackticks(name)} = ${value}`]
  })
  const format = 'CHARACTER SET utf8mb4 FIELDS TERMINATED BY 0x09 ESCAPED BY 0x5C LINES TERMINATED BY 0x0A'
  const assigned = set.length === 0 ? '' : ` SET ${set.join(', ')}`
  return `LOAD DATA LOCAL INFILE 'chunkwise' INTO TABLE ${table} ${format} (${fields.join(', ')})${assigned}`
}

function encode(columns: readonly MysqlColumn[], values: Columns): readonly Uint8Array[] {
  try {
    return [
      ...copyText(
        values,
        columns.map(
          ({ encode: of, loaded }) =>
            (value) =>
              toText(of(value), loaded),
        ),
      ),
    ]
  } catch (error) {
    throw encodingError(columns, values, error)
  }
}

function toText(value: SqlValue, loaded: MysqlColumn['loaded']): string | null {
  if (value === null) return null
  if (typeof value === 'boolean') return value ? '1' : '0'
  const bytes = value instanceof Uint8Array ? Buffer.from(value) : undefined
  if (loaded === 'hex') return (bytes ?? Buffer.from(String(value as string))).toString('hex')
  if (bytes === undefined) return String(value)
  return loaded === 'bits' ? BigInt(`0x${bytes.toString('hex')}`).toString() : bytes.toString()
}

function* pieces(blocks: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const block of blocks) {
    for (let at = 0; at < block.length; at += BLOCK) yield block.subarray(at, at + BLOCK)
  }
}

/** With LOCAL the server makes warnings of errors, and leaves out or changes the rows. */
function checkWarnings(warnings: SqlResult | undefined): void {
  const first = warnings?.rows.find(([level]) => level !== 'Note')
  if (first === undefined) return
  const cause = Object.assign(new Error(first[2] ?? ''), { errno: Number(first[1]), sqlState: 'HY000' })
  throw new SqlError(classifyMysqlError(cause), cause)
}

async function meaning(owner: string, transaction: SqlTransaction, error: unknown): Promise<unknown> {
  const number =
    error instanceof SqlError ? (error.cause as { readonly errno?: unknown } | undefined)?.errno : undefined
  if (!FORBIDDEN.has(number)) return error
  const { rows } = await transaction.execute({ text: 'SELECT @@global.local_infile' })
  return new LocalInfileDisabledError(owner, rows[0]?.[0] === '0' ? 'server' : 'pool', error)
}
