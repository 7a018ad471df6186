import { asItIs, typedDecoder } from '../column-type.js'
import { quoteBackticks } from '../identifier.js'
import type { ReadDialect } from '../read-dialect.js'
import { encodeValue } from './encode.js'
import type { MysqlConnection } from './mysql-connection.js'
import { decodeDate } from './mysql-dates.js'
import { readKeyColumns, textOf } from './mysql-key-column.js'
import { asConfigured } from './mysql-values.js'
import { coreOf, type MysqlConfig, type MysqlPool, type MysqlPoolConnection } from './mysql-port.js'
import { mysqlSyntax } from './mysql-syntax.js'

/** MySQL and MariaDB: the driver makes the values; of columns with a declared type it gives the text. */
export function mysqlReadDialect(pool: MysqlPool): ReadDialect {
  const { timezone, typeCast } = configOf(pool)
  const cast = typeof typeCast === 'function'
  return {
    syntax: mysqlSyntax,
    quote: quoteBackticks,
    parameter: (value) => encodeValue(value, timezone),
    comparesRows: false,
    keyColumns: (execute, fields) => readKeyColumns(execute, fields, { cast }),
    textOf,
    read: (connection, statement, asText) => (connection as MysqlConnection).read(statement, asText),
    decoders: (client) => {
      const { config } = coreOf(client as MysqlPoolConnection)
      return (field, type) => {
        if (type !== undefined) return typedDecoder(type, (text) => decodeDate(text, config?.timezone))
        return field.typeId === BIGINT && !cast ? (value) => asConfigured(value, config) : asItIs
      }
    },
  }
}

/** The protocol's number of the type. */
const BIGINT = 8

/** What the pool's connections are configured with. */
function configOf(pool: MysqlPool): MysqlConfig {
  const inner = pool.pool as { readonly config?: { readonly connectionConfig?: MysqlConfig } } | undefined
  return inner?.config?.connectionConfig ?? {}
}
