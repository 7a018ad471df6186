import { SchemaError } from '../../domain/ownership-errors.js'
import { SqlError } from '../../sql/sql-error.js'

/** What a failure to make the schema means: what passes is left as it is, all else needs somebody with more rights. */
export function schemaRefused(error: unknown): unknown {
  if (!(error instanceof SqlError) || error.transient) return error
  return new SchemaError(
    `the repository's tables could not be made: ${error.message}. Let somebody with the rights run the SQL that ` +
      'repository.schemaSql() gives',
    { cause: error },
  )
}
