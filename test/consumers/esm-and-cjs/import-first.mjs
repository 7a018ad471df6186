import * as main from 'chunkwise'
import * as decorators from 'chunkwise/decorators'
import * as file from 'chunkwise/file'
import * as http from 'chunkwise/http'
import * as mysql from 'chunkwise/mysql'
import * as opentelemetry from 'chunkwise/opentelemetry'
import * as postgres from 'chunkwise/postgres'
import * as testing from 'chunkwise/testing'
import { createRequire } from 'node:module'
import { compare, subpaths } from './compare.cjs'

const require = createRequire(import.meta.url)
const imported = {
  chunkwise: main,
  'chunkwise/decorators': decorators,
  'chunkwise/file': file,
  'chunkwise/http': http,
  'chunkwise/mysql': mysql,
  'chunkwise/opentelemetry': opentelemetry,
  'chunkwise/postgres': postgres,
  'chunkwise/testing': testing,
}
compare(imported, Object.fromEntries(subpaths.map((subpath) => [subpath, require(subpath)])))
