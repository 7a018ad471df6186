import { describe, it } from 'vitest'
import { MysqlBatchItemWriter } from '../../../src/item/database/mysql-batch-item-writer.js'
import { MysqlLoadDataItemWriter } from '../../../src/item/database/mysql-load-data-item-writer.js'
import { MysqlStatementItemWriter } from '../../../src/item/database/mysql-statement-item-writer.js'
import { PostgresBatchItemWriter } from '../../../src/item/database/postgres-batch-item-writer.js'
import { PostgresCopyItemWriter } from '../../../src/item/database/postgres-copy-item-writer.js'
import { PostgresStatementItemWriter } from '../../../src/item/database/postgres-statement-item-writer.js'
import type { ItemWriter } from '../../../src/item/item-writer.js'
import { itemWriterContract } from '../../../src/testing/item-writer-contract.js'
import { MysqlTransactionManager } from '../../../src/transaction/mysql-transaction-manager.js'
import { PostgresTransactionManager } from '../../../src/transaction/postgres-transaction-manager.js'
import type { TransactionManager } from '../../../src/transaction/transaction.js'
import { freshDatabase } from '../../support/databases.js'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'

interface Row {
  readonly n: number
  readonly word: string
}

const items: readonly Row[] = Array.from({ length: 15 }, (_, n) => ({ n, word: `word ${n}` }))
const columns = ['n', 'word'] as const

interface Database {
  readonly transactionManager: TransactionManager
  readonly query: (sql: string) => Promise<unknown>
  readonly writers: Readonly<Record<string, (table: string) => ItemWriter<Row>>>
}

async function postgres(): Promise<Database> {
  const pool = (await freshDatabase()).pool()
  return {
    transactionManager: new PostgresTransactionManager({ pool }),
    query: async (sql) => (await pool.query(sql)).rows,
    writers: {
      PostgresBatchItemWriter: (table) => new PostgresBatchItemWriter<Row>({ pool, table, columns }),
      PostgresCopyItemWriter: (table) => new PostgresCopyItemWriter<Row>({ pool, table, columns }),
      PostgresStatementItemWriter: (table) =>
        new PostgresStatementItemWriter<Row>({ pool, sql: `insert into ${table} values (:n, :word)` }),
    },
  }
}

async function mysql(): Promise<Database> {
  const pool = (await freshMysqlDatabase()).pool()
  return {
    transactionManager: new MysqlTransactionManager({ pool }),
    query: async (sql) => (await pool.query(sql))[0],
    writers: {
      MysqlBatchItemWriter: (table) => new MysqlBatchItemWriter<Row>({ pool, table, columns }),
      MysqlLoadDataItemWriter: (table) => new MysqlLoadDataItemWriter<Row>({ pool, table, columns }),
      MysqlStatementItemWriter: (table) =>
        new MysqlStatementItemWriter<Row>({ pool, sql: `insert into ${table} values (:n, :word)` }),
    },
  }
}

let tables = 0

for (const { transactionManager, query, writers } of [await postgres(), await mysql()]) {
  for (const [name, make] of Object.entries(writers)) {
    itemWriterContract(
      { describe, it },
      {
        name,
        async create() {
          const table = `contract_${++tables}`
          await query(`create table ${table} (n int, word varchar(20))`)
          return {
            transactionManager,
            items,
            writer: () => make(table),
            written: async () =>
              ((await query(`select * from ${table} order by n`)) as Row[]).map((row) => ({ ...row })),
            dispose: async () => void (await query(`drop table ${table}`)),
          }
        },
      },
    )
  }
}
