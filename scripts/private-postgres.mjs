// A private PostgreSQL server for tests, demo and bench.
import { execFile } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { postgresBinaries } from './postgres-binaries.mjs'
import { cleanEnvironment, HOST, startServer } from './private-server.mjs'

const SUPERUSER = 'postgres'

const DEFAULTS = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  max_connections: '300',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
}
// Survives the death of the server, not of the machine. synchronous_commit stays on: without it a killed server forgets
// what it has confirmed.
const NOT_DURABLE = { fsync: 'off', full_page_writes: 'off' }

/**
 * Starts a server with one superuser `postgres` that needs no password, on a free port of 127.0.0.1. Resolves when it
 * accepts connections. See private-postgres.d.mts for the contract.
 */
export async function startPostgres({ settings = {}, durable = true } = {}) {
  const { postgres: binary, initdb, user, tmp } = await postgresBinaries()
  const home = mkdtempSync(join(tmp, 'chunkwise-pg-'))
  const data = join(home, 'data')
  const all = { ...DEFAULTS, ...(durable ? {} : NOT_DURABLE), ...settings }
  const args = (port) => [
    '-D',
    data,
    ...Object.entries({ ...all, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  try {
    if (user !== undefined) chownSync(home, user.uid, user.gid)
    chmodSync(home, 0o700)
    await initialize(initdb, home, data, user)
    const server = await startServer({
      name: 'PostgreSQL',
      binary,
      args,
      home,
      log: join(home, 'server.log'),
      user,
      signals: { stop: 'SIGINT', kill: 'SIGQUIT' },
      accepts,
      portTaken: /could not bind|Address already in use/,
    })
    return Object.assign(server, { superuser: SUPERUSER, url: urlOf(server.port) })
  } catch (error) {
    rmSync(home, { recursive: true, force: true })
    throw error
  }
}

async function initialize(initdb, home, data, user) {
  const args = ['--pgdata', data, '--username', SUPERUSER, '--auth', 'trust', '--encoding', 'UTF8', '--no-sync']
  try {
    const options = { cwd: home, env: cleanEnvironment(), ...user }
    await promisify(execFile)(initdb, [...args, '--locale', 'C'], options)
  } catch (cause) {
    throw new Error(`initdb failed: ${String(cause.stderr || cause.message).trim()}`, { cause })
  }
}

async function accepts(port) {
  const client = new pg.Client({ connectionString: urlOf(port), connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

function urlOf(port) {
  return `postgres://${SUPERUSER}@${HOST}:${port}/postgres`
}
