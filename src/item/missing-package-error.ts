import { BatchError } from '../domain/batch-error.js'

/** A package that a reader needs is not installed. */
export class MissingPackageError extends BatchError {
  static readonly code = 'BATCH_MISSING_PACKAGE'
  readonly package: string

  constructor(owner: string, name: string, cause: unknown) {
    super(`${owner} needs the package ${name}: install it with \`npm install ${name}\``, { cause })
    this.package = name
  }
}
