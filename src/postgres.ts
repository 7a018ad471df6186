// The repository and its transactions
export { PostgresJobRepository } from './repository/postgres/postgres-job-repository.js'
export type { PostgresJobRepositoryOptions } from './repository/postgres/postgres-job-repository.js'
export { PostgresTransactionManager } from './transaction/postgres-transaction-manager.js'
export type { PostgresTransactionManagerOptions } from './transaction/postgres-transaction-manager.js'

// Readers
export { PostgresCursorItemReader } from './item/database/postgres-cursor-item-reader.js'
export type { PostgresCursorItemReaderOptions } from './item/database/postgres-cursor-item-reader.js'
export type { CursorQuery } from './item/database/cursor-item-reader.js'
export { PostgresPagingItemReader } from './item/database/postgres-paging-item-reader.js'
export type { PostgresPagingItemReaderOptions } from './item/database/postgres-paging-item-reader.js'
export { PostgresKeyRangePartitioner } from './item/database/postgres-key-range-partitioner.js'
export type { PostgresKeyRangePartitionerOptions } from './item/database/postgres-key-range-partitioner.js'
export { partitionRange } from './item/database/key-range.js'
export type { KeyBound, KeyRange } from './item/database/key-range.js'
export type { ItemOptions } from './item/database/item-types.js'
export type { SelectOptions } from './item/database/select-query.js'
export type { SortKeys } from './item/database/sort-keys.js'

// Writers
export { PostgresBatchItemWriter } from './item/database/postgres-batch-item-writer.js'
export type { PostgresBatchItemWriterOptions } from './item/database/postgres-batch-item-writer.js'
export type { WriteMode } from './item/database/batch-item-writer.js'
export { PostgresCopyItemWriter } from './item/database/postgres-copy-item-writer.js'
export type { PostgresCopyItemWriterOptions } from './item/database/postgres-copy-item-writer.js'
export { PostgresStatementItemWriter } from './item/database/postgres-statement-item-writer.js'
export type { PostgresStatementItemWriterOptions } from './item/database/postgres-statement-item-writer.js'
export type { ColumnMap, WriterColumns } from './item/database/writer-columns.js'
export type { ColumnOf, Naming, SnakeCase } from './sql/naming.js'

// Errors
export { MissingPackageError } from './item/missing-package-error.js'
export { NotOpenError } from './item/not-open-error.js'
export { LossySettingError, SortKeyNullError, SortKeyTieError } from './item/database/reader-errors.js'
export {
  TransactionRequiredError,
  UnknownColumnError,
  UnknownTableError,
  WrittenRowCountError,
} from './item/database/writer-errors.js'
export { ColumnValueError } from './sql/column-value-error.js'

// The few members of the driver that are asked for
export type { PgConnection, PgPool, PgPoolClient, PgSubmittable } from './sql/postgres/pg-port.js'
