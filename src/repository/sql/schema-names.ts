import type { OptionCheck } from '../../domain/check-option.js'

/** What `prefix` and `schema` may be: then no name has to be quoted to be safe. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
/** PostgreSQL cuts names longer than 63 characters, MySQL refuses more than 64; the longest of ours has 22 behind the prefix. */
const MAX_PREFIX = 40
const MAX_SCHEMA = 63

/** The names of the repository's tables. */
export interface SchemaNames {
  readonly prefix: string
  /** `undefined` for the one that a connection finds by itself. */
  readonly schema: string | undefined
  /** The name of the constraint that makes an instance unique. */
  readonly uniqueInstance: string
  /** The name, with schema and prefix, of the table or sequence that has this name behind the prefix. */
  readonly qualified: (suffix: string) => string
}

/** Checks the options that name the tables. `quote` writes a schema's name so that it may be a reserved word. */
export function schemaNames(
  check: OptionCheck,
  prefix: unknown,
  schema: unknown,
  quote: (schema: string) => { readonly name: string; readonly quoted: string },
): SchemaNames {
  const isName = (name: unknown, most: number): name is string =>
    typeof name === 'string' && name.length <= most && NAME.test(name)
  if (prefix !== '' && !isName(prefix, MAX_PREFIX)) {
    check.fail('prefix', prefix, `letters, digits and underscores, not starting with a digit, at most ${MAX_PREFIX}`)
  }
  if (schema !== undefined && !isName(schema, MAX_SCHEMA)) {
    check.fail('schema', schema, `letters, digits and underscores, not starting with a digit, at most ${MAX_SCHEMA}`)
  }
  const given = schema === undefined ? undefined : quote(schema)
  return {
    prefix,
    schema: given?.name,
    // An index in the schema: under a second prefix there it needs a name of its own.
    uniqueInstance: uniqueName(prefix),
    qualified: (suffix) => (given === undefined ? prefix + suffix : `${given.quoted}.${prefix}${suffix}`),
  }
}

function uniqueName(prefix: string): string {
  if (prefix.toUpperCase() === 'BATCH_') return 'JOB_INST_UN'
  return prefix === '' ? 'JOB_INSTANCE_UN' : `${prefix}JOB_INST_UN`
}
