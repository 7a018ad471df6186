import pg from 'pg'
import type { ItemReader, ItemWriter } from 'chunkwise'
import { FlatFileItemReader, FlatFileItemWriter, type FlatFileItemWriterOptions } from 'chunkwise/file'
import {
  PostgresBatchItemWriter,
  PostgresCopyItemWriter,
  PostgresJobRepository,
  PostgresPagingItemReader,
} from 'chunkwise/postgres'
import { measureCase, runCopyJob, type SourceRow } from '../copy-case.js'
import { COLUMNS } from '../tables.js'
import { fileToTableByHand, tableToFileByHand } from './hand-written.js'

const url = process.env['BENCH_URL'] ?? ''
const path = process.env['BENCH_PATH'] ?? ''

type Case = (chunkSize: number) => Promise<number>
type Parts = (pool: pg.Pool) => {
  readonly reader: () => ItemReader<SourceRow>
  readonly writer: ItemWriter<SourceRow>
}

function chunkwise(parts: Parts): Case {
  return async (chunkSize) => {
    const pool = new pg.Pool({ connectionString: url, max: 5 })
    const repository = new PostgresJobRepository({ pool })
    await repository.initializeSchema()
    const items = await runCopyJob({ ...parts(pool), repository, chunkSize, concurrency: 1 })
    await pool.end()
    return items
  }
}

const OPTIONAL = { email: { type: 'string', nullable: true }, note: { type: 'string', nullable: true } } as const
const target = (pool: pg.Pool) => ({ pool, table: 'target', columns: [...COLUMNS] })
const typed = (): ItemReader<SourceRow> =>
  new FlatFileItemReader({
    resource: path,
    header: true,
    columns: { id: 'long', name: 'string', created: 'date', score: 'long', ...OPTIONAL },
  })
/** The writer takes the texts of numbers and times, too: the database reads them. */
const asText = (): ItemReader<SourceRow> =>
  new FlatFileItemReader({
    resource: path,
    header: true,
    columns: { id: 'string', name: 'string', created: 'string', score: 'string', ...OPTIONAL },
  }) as ItemReader<unknown> as ItemReader<SourceRow>

function toFile(options: Partial<FlatFileItemWriterOptions<SourceRow>> = {}): Case {
  return chunkwise((pool) => ({
    reader: () =>
      new PostgresPagingItemReader<SourceRow>({
        pool,
        select: COLUMNS.join(', '),
        from: 'source',
        sortKeys: { id: 'asc' },
      }),
    writer: new FlatFileItemWriter<SourceRow>({ resource: path, columns: [...COLUMNS], header: true, ...options }),
  }))
}

await measureCase({
  'hand-written loop, text': (chunkSize) => fileToTableByHand(url, path, chunkSize, false),
  'hand-written loop, typed': (chunkSize) => fileToTableByHand(url, path, chunkSize, true),
  'file to table, text': chunkwise((pool) => ({ reader: asText, writer: new PostgresBatchItemWriter(target(pool)) })),
  'file to table, typed': chunkwise((pool) => ({ reader: typed, writer: new PostgresBatchItemWriter(target(pool)) })),
  'file to table, typed, COPY writer': chunkwise((pool) => ({
    reader: typed,
    writer: new PostgresCopyItemWriter(target(pool)),
  })),
  'table to file by hand': (chunkSize) => tableToFileByHand(url, path, chunkSize),
  'table to file': toFile(),
  'table to file, atomic': toFile({ atomic: true }),
  'table to file, forced to disk': toFile({ forceSync: true }),
})
