import type { Pool } from 'pg'
import { PostgresBatchItemWriter, PostgresPagingItemReader } from 'chunkwise/postgres'
import type { CandidateItems } from '../candidate-job.js'
import type { Candidate, User } from '../candidate.js'

/** Users and candidates in PostgreSQL. */
export function postgresItems(pool: Pool): CandidateItems {
  return {
    reader: (before) =>
      new PostgresPagingItemReader<User>({
        pool,
        select: 'user_name, last_login, opted_out',
        from: 'users',
        where: 'last_login < :before',
        parameters: { before },
        sortKeys: { user_name: 'asc' },
        naming: 'camelCase',
      }),
    // A plain insert into a table without a unique key: if a restart wrote a row twice, it would show. A table with a
    // key would rather be written with `onConflict: { columns: ['user_name'], do: 'update' }`.
    writer: () =>
      new PostgresBatchItemWriter<Candidate>({
        pool,
        table: 'candidates',
        columns: ['user_name', 'last_login', 'reason'],
        naming: 'camelCase',
      }),
  }
}
