// A file of customers into a table: npx tsx examples/csv-to-postgres/main.ts [postgres URL] [folder]
// Lines that cannot be read and rows that the table refuses go to a file of their own. The job is stopped half-way; the
// restart goes on at the byte where it was.
import { mkdtempSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { chunkStep, type ChunkStepListener, type DeadLetter, job, JobOperator } from 'chunkwise'
import { FlatFileItemReader, FlatFileItemWriter, FlatFileParseError } from 'chunkwise/file'
import { PostgresBatchItemWriter, PostgresJobRepository } from 'chunkwise/postgres'
import { isMain } from '../is-main.js'
import { writeIncoming } from './incoming.js'

interface Customer {
  readonly id: number
  readonly name: string
  readonly born: Date
  readonly balance: string | null
}

/** What the two runs of the job did. */
export interface Outcome {
  readonly statuses: readonly string[]
  /** How many records each run read. */
  readonly read: readonly number[]
  readonly customers: number
  /** The lines of the file of what was refused. */
  readonly rejected: readonly string[]
}

const TABLE = `
  create table customers (
    id      integer primary key,
    name    text not null,
    born    date not null,
    balance numeric(12, 2) check (balance >= 0)
  )`

/** Loads `customers.csv` in `folder`, which it writes there first, into the database that `url` names. */
export async function main(url: string, folder: string): Promise<Outcome> {
  const [incoming, rejected] = [join(folder, 'customers.csv'), join(folder, 'rejected.csv')]
  await writeIncoming(incoming)
  const pool = new pg.Pool({ connectionString: url })
  try {
    await pool.query(TABLE)
    const repository = new PostgresJobRepository({ pool })
    await repository.initializeSchema()
    await using operator: JobOperator = new JobOperator({ repository })
    // As a deployment does that comes in the middle of the first run.
    let isDue = true
    const stopHalfWay: ChunkStepListener = {
      afterChunk: async ({ index }, { stepExecution }) => {
        if (!isDue || index < 4) return
        isDue = false
        await operator.stop(stepExecution.jobExecutionId)
      },
    }
    const loadCustomers = job('loadCustomers', { parameters: { file: 'string' } })
      .start(loadStep(pool, incoming, rejected, stopHalfWay))
      .build()

    const stopped = await operator.run(loadCustomers, { file: incoming })
    const completed = await operator.run(loadCustomers, { file: incoming })
    const { rows } = await pool.query<{ count: number }>('select count(*)::int as count from customers')
    return {
      statuses: [stopped.status, completed.status],
      read: [stopped, completed].map(({ stepExecutions }) => stepExecutions[0]?.counts.read ?? 0),
      customers: rows[0]?.count ?? 0,
      rejected: (await readFile(rejected, 'utf8')).trimEnd().split('\n'),
    }
  } finally {
    await pool.end()
  }
}

function loadStep(pool: pg.Pool, incoming: string, rejected: string, listener: ChunkStepListener) {
  return chunkStep('load', {
    chunkSize: 100,
    reader: () =>
      new FlatFileItemReader({
        resource: incoming,
        header: true,
        // Found by their names, wherever they stand.
        columns: { id: 'long', name: 'string', born: 'date', balance: { type: 'decimal', nullable: true } },
      }),
    writer: new PostgresBatchItemWriter<Customer>({
      pool,
      table: 'customers',
      columns: ['id', 'name', 'born', 'balance'],
    }),
    skip: {
      limit: 20,
      on: [FlatFileParseError, 'check', 'duplicate-key'],
      to: new FlatFileItemWriter<DeadLetter>({
        resource: rejected,
        columns: { phase: 'phase', item: ({ item }) => idOf(item), reason: ({ error }) => reasonOf(error) },
        header: true,
      }),
    },
    listeners: [listener],
  })
}

function idOf(item: unknown): number | null {
  return (item as Customer | undefined)?.id ?? null
}

function reasonOf(error: unknown): string {
  if (error instanceof FlatFileParseError) return `line ${error.line}, ${error.field ?? 'the record'}: ${error.text}`
  return error instanceof Error ? error.message : String(error)
}

if (isMain(import.meta.url)) {
  const url = process.argv[2] ?? process.env['DATABASE_URL']
  if (url === undefined) throw new Error('give the URL of an empty PostgreSQL database')
  console.log(await main(url, process.argv[3] ?? mkdtempSync(join(tmpdir(), 'customers-'))))
}
