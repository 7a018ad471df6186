import type { Pool } from 'mysql2/promise'
import { MysqlBatchItemWriter, MysqlPagingItemReader } from 'chunkwise/mysql'
import type { CandidateItems } from '../candidate-job.js'
import type { Candidate, User } from '../candidate.js'

/** Users and candidates in MySQL or MariaDB. */
export function mysqlItems(pool: Pool): CandidateItems {
  return {
    reader: (before) =>
      new MysqlPagingItemReader<User>({
        pool,
        select: 'user_name, last_login, opted_out',
        from: 'users',
        where: 'last_login < :before',
        parameters: { before },
        sortKeys: { user_name: 'asc' },
        naming: 'camelCase',
        // A boolean of MySQL is a number.
        types: { optedOut: (text) => text === '1' },
      }),
    // A plain insert into a table without a unique key: if a restart wrote a row twice, it would show.
    writer: () =>
      new MysqlBatchItemWriter<Candidate>({
        pool,
        table: 'candidates',
        columns: ['user_name', 'last_login', 'reason'],
        naming: 'camelCase',
      }),
  }
}
