// A private MariaDB server for tests, demo and bench.
import { execFile } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import mysql from 'mysql2/promise'
import { mariadbBinaries } from './mariadb-binaries.mjs'
import { cleanEnvironment, HOST, startServer } from './private-server.mjs'

const SUPERUSER = 'root'

const DEFAULTS = {
  'bind-address': HOST,
  'max-connections': '300',
  'innodb-buffer-pool-size': '128M',
  'default-time-zone': '+00:00',
  'character-set-server': 'utf8mb4',
  'local-infile': '1',
  'skip-log-bin': '',
  'skip-name-resolve': '',
}
// Survives the death of the server, not of the machine.
const NOT_DURABLE = {
  'innodb-flush-log-at-trx-commit': '2',
  'innodb-flush-method': 'nosync',
  'innodb-doublewrite': '0',
}

/**
 * Starts a server with one superuser `root` that needs no password, on a free port of 127.0.0.1. Resolves when it
 * accepts connections. See private-mariadb.d.mts for the contract.
 */
export async function startMariadb({ settings = {}, durable = true } = {}) {
  const { server: binary, install, user, tmp } = mariadbBinaries()
  const home = mkdtempSync(join(tmp, 'chunkwise-my-'))
  const data = join(home, 'data')
  const all = { ...DEFAULTS, ...(durable ? {} : NOT_DURABLE), ...settings }
  const args = (port) => [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${join(home, 'socket')}`,
    `--pid-file=${join(home, 'pid')}`,
    `--tmpdir=${home}`,
    ...Object.entries({ ...all, port }).map(([name, value]) => (value === '' ? `--${name}` : `--${name}=${value}`)),
  ]
  try {
    if (user !== undefined) chownSync(home, user.uid, user.gid)
    chmodSync(home, 0o700)
    await initialize(install, home, data, user)
    const server = await startServer({
      name: 'MariaDB',
      binary,
      args,
      home,
      log: join(home, 'server.log'),
      user,
      signals: { stop: 'SIGTERM', kill: 'SIGKILL' },
      accepts,
      portTaken: /Address already in use|Can't start server: Bind/,
    })
    return Object.assign(server, { superuser: SUPERUSER, url: urlOf(server.port) })
  } catch (error) {
    rmSync(home, { recursive: true, force: true })
    throw error
  }
}

async function initialize(install, home, data, user) {
  const options = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db']
  try {
    await promisify(execFile)(install, options, { cwd: home, env: cleanEnvironment(), ...user })
  } catch (cause) {
    throw new Error(`mariadb-install-db failed: ${String(cause.stderr || cause.message).trim()}`, { cause })
  }
}

async function accepts(port) {
  try {
    const connection = await mysql.createConnection({ uri: urlOf(port), connectTimeout: 2_000 })
    connection.on('error', () => {})
    await connection.end()
    return true
  } catch {
    return false
  }
}

function urlOf(port) {
  return `mysql://${SUPERUSER}@${HOST}:${port}/mysql`
}
