import type { OptionCheck } from '../../domain/check-option.js'

/** What `prefix` and `schema` may be: then no name has to be quoted to be safe. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
/** Names longer than 63 characters are cut by PostgreSQL; the longest of ours has 22 behind the prefix. */
const MAX_PREFIX = 40
const MAX_SCHEMA = 63

/** The names of the repository's tables. */
export interface SchemaNames {
  readonly prefix: string
  /** In lower case, as PostgreSQL folds it; `undefined` for the one that the search path finds. */
  readonly schema: string | undefined
  /** The name of the constraint that makes an instance unique. */
  readonly uniqueInstance: string
  /** The name, with schema and prefix, of the table or sequence that has this name behind the prefix. */
  readonly qualified: (suffix: string) => string
}

/** Checks the options that name the tables. */
export function schemaNames(check: OptionCheck, prefix: unknown, schema: unknown): SchemaNames {
  const isName = (name: unknown, most: number): name is string =>
    typeof name === 'string' && name.length <= most && NAME.test(name)
  if (prefix !== '' && !isName(prefix, MAX_PREFIX)) {
    check.fail('prefix', prefix, `letters, digits and underscores, not starting with a digit, at most ${MAX_PREFIX}`)
  }
  if (schema !== undefined && !isName(schema, MAX_SCHEMA)) {
    check.fail('schema', schema, `letters, digits and underscores, not starting with a digit, at most ${MAX_SCHEMA}`)
  }
  // Quoted in the case that PostgreSQL folds it to, so that it may be a reserved word.
  const folded = schema?.toLowerCase()
  return {
    prefix,
    schema: folded,
    // An index in the schema: under a second prefix there it needs a name of its own.
    uniqueInstance: uniqueName(prefix),
    qualified: (suffix) => (folded === undefined ? prefix + suffix : `"${folded}".${prefix}${suffix}`),
  }
}

function uniqueName(prefix: string): string {
  if (prefix.toUpperCase() === 'BATCH_') return 'JOB_INST_UN'
  return prefix === '' ? 'JOB_INSTANCE_UN' : `${prefix}JOB_INST_UN`
}
