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
export { JsonItemReader } from './item/file/json-item-reader.js'
export type { JsonItemReaderOptions } from './item/file/json-item-reader.js'
export { JsonLinesItemReader } from './item/file/json-lines-item-reader.js'
export type { JsonLinesItemReaderOptions } from './item/file/json-lines-item-reader.js'
export { MultiResourceItemReader } from './item/file/multi-resource-item-reader.js'
export type { MultiResourceItemReaderOptions } from './item/file/multi-resource-item-reader.js'
export type { Resource } from './item/file/resource-list.js'
export { XmlItemReader } from './item/file/xml-item-reader.js'
export type { XmlItemReaderOptions } from './item/file/xml-item-reader.js'
export type { XmlElement, XmlObject, XmlValue } from './item/file/xml-element.js'
export type { FieldType, FieldTypes } from './item/file/column-types.js'
export type { ByteStream, Compression, FileResource, FileResourceOptions } from './item/file/file-resource.js'

// Writers
export { FlatFileItemWriter } from './item/file/flat-file-item-writer.js'
export type { FlatFileItemWriterOptions } from './item/file/flat-file-item-writer.js'
export type { FixedLengthColumn, FlatFileValue, FlatFileWriterColumns } from './item/file/flat-file-writer-columns.js'
export { JsonItemWriter } from './item/file/json-item-writer.js'
export type { JsonItemWriterOptions } from './item/file/json-item-writer.js'
export { JsonLinesItemWriter } from './item/file/json-lines-item-writer.js'
export type { JsonLinesItemWriterOptions } from './item/file/json-lines-item-writer.js'
export type { JsonReplacer } from './item/file/json-text.js'
export { MultiResourceItemWriter } from './item/file/multi-resource-item-writer.js'
export type { MultiResourceItemWriterOptions } from './item/file/multi-resource-item-writer.js'
export { XmlItemWriter } from './item/file/xml-item-writer.js'
export type { XmlItemWriterOptions } from './item/file/xml-item-writer.js'
export type { XmlContent } from './item/file/xml-text.js'
export type { FileOutputOptions } from './item/file/text-item-writer.js'
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
export { FileDocumentError, FileRecordError, FileValueError } from './item/file/record-errors.js'
export { NoResourceError, ResourcesChangedError } from './item/file/resource-errors.js'
