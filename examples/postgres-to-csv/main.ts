// A table into a file that others see as a whole: npx tsx examples/postgres-to-csv/main.ts [postgres URL] [folder]
// An invoice has no address at first, and the job fails; the restart goes on behind the last line that was committed.
import { existsSync, mkdtempSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { chunkStep, job, JobOperator } from 'chunkwise'
import { FlatFileItemWriter } from 'chunkwise/file'
import { PostgresJobRepository, PostgresPagingItemReader } from 'chunkwise/postgres'
import { isMain } from '../is-main.js'

interface Invoice {
  readonly id: number
  readonly address: string | null
  readonly total: string
}

/** What the two runs of the job did. */
export interface Outcome {
  readonly statuses: readonly string[]
  /** How many invoices each run wrote. */
  readonly written: readonly number[]
  /** Whether the file was there behind each run. */
  readonly seen: readonly boolean[]
  readonly lines: readonly string[]
}

const TABLE = `
  create table invoices (id integer primary key, address text, total numeric(12, 2) not null);
  insert into invoices
    select i, case when i = 700 then null else 'Main Street ' || i || ', "Old Town"' end, i * 1.1
    from generate_series(1, 1000) as i`

/** Writes `invoices.csv` in `folder`, from the database that `url` names. */
export async function main(url: string, folder: string): Promise<Outcome> {
  const file = join(folder, 'invoices.csv')
  const pool = new pg.Pool({ connectionString: url })
  try {
    await pool.query(TABLE)
    const repository = new PostgresJobRepository({ pool })
    await repository.initializeSchema()
    await using operator = new JobOperator({ repository })
    const exportInvoices = job('exportInvoices', { parameters: { month: 'string' } })
      .start(exportStep(pool, file))
      .build()

    const failed = await operator.run(exportInvoices, { month: '2026-01' })
    const seen = [existsSync(file)]
    await pool.query("update invoices set address = 'Main Street 700' where id = 700")
    const completed = await operator.run(exportInvoices, { month: '2026-01' })
    return {
      statuses: [failed.status, completed.status],
      written: [failed, completed].map(({ stepExecutions }) => stepExecutions[0]?.counts.write ?? 0),
      seen: [...seen, existsSync(file)],
      lines: (await readFile(file, 'utf8')).trimEnd().split('\n'),
    }
  } finally {
    await pool.end()
  }
}

function exportStep(pool: pg.Pool, file: string) {
  return chunkStep('export', {
    chunkSize: 100,
    reader: () =>
      new PostgresPagingItemReader<Invoice>({
        pool,
        select: 'id, address, total',
        from: 'invoices',
        sortKeys: { id: 'asc' },
      }),
    processor: (invoice) => {
      if (invoice.address === null) throw new Error(`invoice ${invoice.id} has no address`)
      return invoice
    },
    writer: new FlatFileItemWriter<Invoice>({
      resource: file,
      columns: ['id', 'address', 'total'],
      header: true,
      footer: (invoices) => `# ${invoices} invoices`,
      // Written as invoices.csv.part, on the disk, and renamed when all of it is there.
      atomic: true,
    }),
  })
}

if (isMain(import.meta.url)) {
  const url = process.argv[2] ?? process.env['DATABASE_URL']
  if (url === undefined) throw new Error('give the URL of an empty PostgreSQL database')
  console.log(await main(url, process.argv[3] ?? mkdtempSync(join(tmpdir(), 'invoices-'))))
}
