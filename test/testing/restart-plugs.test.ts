import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chunkStep } from 'chunkwise'
import { FlatFileItemReader, FlatFileItemWriter } from 'chunkwise/file'
import { MysqlBatchItemWriter, MysqlPagingItemReader } from 'chunkwise/mysql'
import { PostgresBatchItemWriter, PostgresPagingItemReader } from 'chunkwise/postgres'
import { restartAnywhere } from 'chunkwise/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, isMysql, repositoryOn, type AnyPool, SQL_DATABASES } from '../support/sql-databases.js'

interface Row {
  readonly id: number
}

describe.each(SQL_DATABASES)('restartAnywhere on $on', ({ make }) => {
  let pool: AnyPool

  beforeAll(async () => {
    const database = await make()
    pool = database.pool(8)
    await ask(pool, 'create table source (id int primary key)')
    await ask(pool, 'create table target (id int not null)')
    await ask(pool, `insert into source values ${Array.from({ length: 9 }, (_, id) => `(${id})`).join(', ')}`)
  })

  const target = async (): Promise<readonly number[]> =>
    (await ask(pool, 'select id from target order by id')).map(({ id }) => Number(id))
  const paging = { from: 'source', sortKeys: { id: 'asc' } } as const
  const reader = () =>
    isMysql(pool)
      ? new MysqlPagingItemReader<Row>({ pool, select: 'id', ...paging })
      : new PostgresPagingItemReader<Row>({ pool, select: 'id', ...paging })
  const writer = () =>
    isMysql(pool)
      ? new MysqlBatchItemWriter<Row>({ pool, table: 'target', columns: ['id'] })
      : new PostgresBatchItemWriter<Row>({ pool, table: 'target', columns: ['id'] })

  it.each(['read', 'any'] as const)('holds for rows in the transaction, committed in %s order', async (commitOrder) => {
    const proof = await restartAnywhere({
      repository: repositoryOn(pool),
      step: () => chunkStep('copy', { chunkSize: 4, concurrency: 2, commitOrder, reader, writer: writer() }),
      written: target,
      prepare: () => ask(pool, 'delete from target'),
    })
    expect(proof.restarts).toBe(proof.chunks * 2 + 1)
    expect(proof.written).toEqual(Array.from({ length: 9 }, (_, id) => id))
    // Nothing is left that looks alive.
    expect(await ask(pool, 'select * from BATCH_JOB_LEASE')).toEqual([])
  })

  it('finds the rows of a writer that is outside of the transaction', async () => {
    const refused = restartAnywhere({
      repository: repositoryOn(pool),
      step: () =>
        chunkStep('copy', {
          chunkSize: 4,
          reader,
          writer: (rows: readonly Row[]) =>
            ask(pool, `insert into target values ${rows.map(({ id }) => `(${id})`).join(', ')}`),
        }),
      written: target,
      prepare: () => ask(pool, 'delete from target'),
    })
    await expect(refused).rejects.toMatchObject({ run: 'died before the commit of chunk 1', cause: { lost: [] } })
  })
})

describe('restartAnywhere on files', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chunkwise-restart-'))
    await writeFile(join(folder, 'in.csv'), 'id\n1\n2\n3\n4\n5\n')
  })

  afterAll(() => rm(folder, { recursive: true }))

  it.each([true, false])('holds for a reader and a writer of files, atomic: %s', async (atomic) => {
    const output = join(folder, `out-${atomic}.csv`)
    const proof = await restartAnywhere({
      step: () =>
        chunkStep('copy', {
          chunkSize: 2,
          reader: new FlatFileItemReader({ resource: join(folder, 'in.csv'), header: true, columns: { id: 'long' } }),
          writer: new FlatFileItemWriter<Row>({ resource: output, columns: ['id'], header: true, atomic }),
        }),
      written: async () => (await readFile(output, 'utf8')).split('\n'),
      prepare: () => rm(output, { force: true }),
    })
    expect(proof).toMatchObject({ chunks: 3, restarts: 7, written: ['id', '1', '2', '3', '4', '5', ''] })
    // What the dead process has closed in the end has left the file alone.
    expect(await readFile(output, 'utf8')).toBe('id\n1\n2\n3\n4\n5\n')
  })
})
