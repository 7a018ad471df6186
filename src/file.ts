// The files that are read and written
export type { ByteStream, Compression, FileResource, FileResourceOptions } from './item/file/file-resource.js'
export { filePartitioner, PartitionFileError } from './item/file/file-partitioner.js'
export type { FilePartitionerOptions } from './item/file/file-partitioner.js'

// Errors
export { MissingPackageError } from './item/missing-package-error.js'
export { NotOpenError } from './item/not-open-error.js'
export { FileAccessError, FileChangedError } from './item/file/file-errors.js'
export type { FileChange } from './item/file/file-errors.js'
