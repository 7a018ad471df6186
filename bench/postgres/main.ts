import { spawn } from 'node:child_process'
import pg from 'pg'
import {
  PostgresBatchItemWriter,
  PostgresCopyItemWriter,
  PostgresJobRepository,
  PostgresPagingItemReader,
} from 'chunkwise/postgres'
import { type CopyJob, measureCase, runCopyJob, type SourceRow } from '../copy-case.js'
import { COLUMNS } from '../tables.js'
import { copyByHand, copySideBySide } from './hand-written.js'

const url = process.env['BENCH_URL'] ?? ''

type Case = (chunkSize: number, concurrency: number) => Promise<number>

function chunkwise(options: Pick<CopyJob, 'commitOrder' | 'skip'> & { readonly writer?: 'batch' | 'copy' } = {}): Case {
  return async (chunkSize, concurrency) => {
    const pool = new pg.Pool({ connectionString: url, max: 40 })
    const repository = new PostgresJobRepository({ pool })
    await repository.initializeSchema()
    const target = { pool, table: 'target', columns: [...COLUMNS] }
    const { writer = 'batch', ...rest } = options
    const items = await runCopyJob({
      ...rest,
      repository,
      chunkSize,
      concurrency,
      reader: () =>
        new PostgresPagingItemReader<SourceRow>({
          pool,
          select: COLUMNS.join(', '),
          from: 'source',
          sortKeys: { id: 'asc' },
        }),
      writer:
        writer === 'batch'
          ? new PostgresBatchItemWriter<SourceRow>(target)
          : new PostgresCopyItemWriter<SourceRow>(target),
    })
    await pool.end()
    return items
  }
}

/** The limit: the server's own COPY out and in, through a pipe. */
async function copyPipe(): Promise<number> {
  const columns = COLUMNS.join(', ')
  const out = spawn('psql', [url, '-qAtc', `COPY (SELECT ${columns} FROM source ORDER BY id) TO STDOUT`])
  const into = spawn('psql', [url, '-c', `COPY target (${columns}) FROM STDIN`])
  out.stdout.pipe(into.stdin)
  let answer = ''
  for await (const part of into.stdout) answer += String(part)
  return Number(/COPY (\d+)/.exec(answer)?.[1] ?? 0)
}

await measureCase({
  'chunkwise, batch writer': chunkwise(),
  'chunkwise, COPY writer': chunkwise({ writer: 'copy' }),
  'chunkwise, any order': chunkwise({ commitOrder: 'any' }),
  'chunkwise, any order, COPY writer': chunkwise({ commitOrder: 'any', writer: 'copy' }),
  'chunkwise, skipping': chunkwise({ skip: true }),
  'hand-written loop, concurrent': (chunkSize, concurrency) => copySideBySide(url, chunkSize, concurrency),
  'hand-written loop': (chunkSize) => copyByHand(url, chunkSize, false),
  'hand-written loop, raw text': (chunkSize) => copyByHand(url, chunkSize, true),
  'COPY pipe': copyPipe,
})
