import mysql from 'mysql2/promise'
import {
  MysqlBatchItemWriter,
  MysqlJobRepository,
  MysqlLoadDataItemWriter,
  MysqlPagingItemReader,
} from 'chunkwise/mysql'
import { type CopyJob, measureCase, runCopyJob, type SourceRow } from '../copy-case.js'
import { COLUMNS } from '../tables.js'
import { copyByHand, copySideBySide, outfileAndLoadData } from './hand-written.js'

const url = process.env['BENCH_URL'] ?? ''

type Case = (chunkSize: number, concurrency: number) => Promise<number>

function chunkwise(options: Pick<CopyJob, 'commitOrder' | 'skip'> & { readonly writer?: 'batch' | 'load' } = {}): Case {
  return async (chunkSize, concurrency) => {
    const pool = mysql.createPool({ uri: url, connectionLimit: 40 })
    const repository = new MysqlJobRepository({ pool })
    await repository.initializeSchema()
    const target = { pool, table: 'target', columns: [...COLUMNS] }
    const { writer = 'batch', ...rest } = options
    const items = await runCopyJob({
      ...rest,
      repository,
      chunkSize,
      concurrency,
      reader: () =>
        new MysqlPagingItemReader<SourceRow>({
          pool,
          select: COLUMNS.join(', '),
          from: 'source',
          sortKeys: { id: 'asc' },
        }),
      writer:
        writer === 'batch'
          ? new MysqlBatchItemWriter<SourceRow>(target)
          : new MysqlLoadDataItemWriter<SourceRow>(target),
    })
    await pool.end()
    return items
  }
}

await measureCase({
  'chunkwise, batch writer': chunkwise(),
  'chunkwise, LOAD DATA writer': chunkwise({ writer: 'load' }),
  'chunkwise, any order': chunkwise({ commitOrder: 'any' }),
  'chunkwise, any order, LOAD DATA writer': chunkwise({ commitOrder: 'any', writer: 'load' }),
  'chunkwise, skipping': chunkwise({ skip: true }),
  'hand-written loop, concurrent': (chunkSize, concurrency) => copySideBySide(url, chunkSize, concurrency),
  'hand-written loop': (chunkSize) => copyByHand(url, chunkSize),
  'OUTFILE and LOAD DATA': () => outfileAndLoadData(url),
})
