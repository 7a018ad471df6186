// The repository and its transactions
export { MysqlJobRepository } from './repository/mysql/mysql-job-repository.js'
export type { MysqlJobRepositoryOptions } from './repository/mysql/mysql-job-repository.js'
export { MysqlTransactionManager } from './transaction/mysql-transaction-manager.js'
export type { MysqlTransactionManagerOptions } from './transaction/mysql-transaction-manager.js'

// Readers
export type { CursorQuery } from './item/database/cursor-item-reader.js'
export { MysqlCursorItemReader } from './item/database/mysql-cursor-item-reader.js'
export type { MysqlCursorItemReaderOptions } from './item/database/mysql-cursor-item-reader.js'
export { MysqlPagingItemReader } from './item/database/mysql-paging-item-reader.js'
export type { MysqlPagingItemReaderOptions } from './item/database/mysql-paging-item-reader.js'
export { MysqlKeyRangePartitioner } from './item/database/mysql-key-range-partitioner.js'
export type { MysqlKeyRangePartitionerOptions } from './item/database/mysql-key-range-partitioner.js'
export { partitionRange } from './item/database/key-range.js'
export type { KeyBound, KeyRange } from './item/database/key-range.js'
export type { ItemOptions } from './item/database/item-types.js'
export type { SelectOptions } from './item/database/select-query.js'
export type { SortKeys } from './item/database/sort-keys.js'

// Writers
export type { WriteMode } from './item/database/batch-item-writer.js'
export { MysqlBatchItemWriter } from './item/database/mysql-batch-item-writer.js'
export type { MysqlBatchItemWriterOptions } from './item/database/mysql-batch-item-writer.js'
export { MysqlLoadDataItemWriter } from './item/database/mysql-load-data-item-writer.js'
export type { MysqlLoadDataItemWriterOptions } from './item/database/mysql-load-data-item-writer.js'
export { MysqlStatementItemWriter } from './item/database/mysql-statement-item-writer.js'
export type { MysqlStatementItemWriterOptions } from './item/database/mysql-statement-item-writer.js'
export type { ColumnMap, WriterColumns } from './item/database/writer-columns.js'
export type { ColumnOf, Naming, SnakeCase } from './sql/naming.js'

// Errors
export { NotOpenError } from './item/not-open-error.js'
export { LossySettingError, SortKeyNullError, SortKeyTieError } from './item/database/reader-errors.js'
export {
  LocalInfileDisabledError,
  NoUniqueKeyError,
  TransactionRequiredError,
  UnknownColumnError,
  UnknownTableError,
  WrittenRowCountError,
} from './item/database/writer-errors.js'
export { ColumnValueError } from './sql/column-value-error.js'
export { NonTransactionalTableError } from './sql/mysql/table-engine.js'

// The few members of the driver that are asked for
export type { MysqlPool, MysqlPoolConnection } from './sql/mysql/mysql-port.js'
