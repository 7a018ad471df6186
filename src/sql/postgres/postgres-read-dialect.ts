import { quoteIdentifier } from '../identifier.js'
import type { ReadDialect, ReadRows } from '../read-dialect.js'
import { chooseDecoder } from './decode.js'
import { encodeParameter } from './encode.js'
import { readKeyColumns } from './key-column.js'
import { postgresSyntax } from './postgres-syntax.js'

/** PostgreSQL: every column comes as text, of which the host's parsers make values. */
export const postgresReadDialect: ReadDialect = {
  syntax: postgresSyntax,
  quote: quoteIdentifier,
  parameter: encodeParameter,
  comparesRows: true,
  keyColumns: readKeyColumns,
  read: async (connection, statement) => (await connection.run([statement]))[0] as ReadRows,
  decoders: chooseDecoder,
}
