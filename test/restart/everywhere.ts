import { copyDatabase, mysqlCopyDatabase } from './copy-database.js'
import { MODES } from './modes.js'

/** Each makes a database with a job repository and rows to copy. */
export const DATABASES = [
  { on: 'PostgreSQL', copyDatabase },
  { on: 'MySQL', copyDatabase: mysqlCopyDatabase },
] as const

/** Each way of committing on each database. */
export const EVERYWHERE = DATABASES.flatMap((database) => MODES.map((mode) => ({ ...database, ...mode })))
