// Readers
export { FlatFileItemReader } from './item/file/flat-file-item-reader.js'
export type { FlatFileItemReaderOptions } from './item/file/flat-file-item-reader.js'
export type {
  FlatFileColumn,
  FlatFileColumns,
  FlatFileColumnType,
  FlatFileItem,
} from './item/file/flat-file-columns.js'
export type { FlatFileFormat } from './item/file/flat-file-format.js'
export type { FieldType, FieldTypes } from './item/file/column-types.js'
export type { ByteStream, Compression, FileResource, FileResourceOptions } from './item/file/file-resource.js'

// Writers
export { FlatFileItemWriter } from './item/file/flat-file-item-writer.js'
export type { FlatFileItemWriterOptions } from './item/file/flat-file-item-writer.js'
export type { FixedLengthColumn, FlatFileValue, FlatFileWriterColumns } from './item/file/flat-file-writer-columns.js'
export type { OutputEncoding } from './item/file/text-encoder.js'

// Partitions
export { filePartitioner, PartitionFileError } from './item/file/file-partitioner.js'
export type { FilePartitionerOptions } from './item/file/file-partitioner.js'

// Errors
export { MissingPackageError } from './item/missing-package-error.js'
export { NotOpenError } from './item/not-open-error.js'
export { FileAccessError, FileChangedError, FileTruncatedError } from './item/file/file-errors.js'
export type { FileChange } from './item/file/file-errors.js'
export { FlatFileParseError, FlatFileValueError } from './item/file/flat-file-errors.js'
