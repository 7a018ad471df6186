// A private PostgreSQL server for tests, demo and bench: started here, stopped here, and gone when we are gone.
import { execFile, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { postgresBinaries } from './postgres-binaries.mjs'

const HOST = '127.0.0.1'
const SUPERUSER = 'postgres'
const START_LIMIT = 60_000
const STOP_LIMIT = 15_000
const PORT_ATTEMPTS = 5
const keeper = fileURLToPath(new URL('./postgres-keeper.mjs', import.meta.url))

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
  const binaries = await postgresBinaries()
  const home = mkdtempSync(join(binaries.tmp, 'chunkwise-pg-'))
  const data = join(home, 'data')
  const log = join(home, 'server.log')
  const site = { binaries, home, data, log, settings: { ...DEFAULTS, ...(durable ? {} : NOT_DURABLE), ...settings } }
  try {
    if (binaries.user !== undefined) chownSync(home, binaries.user.uid, binaries.user.gid)
    chmodSync(home, 0o700)
    await initialize(site)
    return handle(site, await launchOnFreePort(site))
  } catch (error) {
    rmSync(home, { recursive: true, force: true })
    throw error
  }
}

async function initialize({ binaries, home, data }) {
  const args = ['--pgdata', data, '--username', SUPERUSER, '--auth', 'trust', '--encoding', 'UTF8', '--no-sync']
  try {
    const options = { cwd: home, env: cleanEnvironment(), ...binaries.user }
    await promisify(execFile)(binaries.initdb, [...args, '--locale', 'C'], options)
  } catch (cause) {
    throw new Error(`initdb failed: ${String(cause.stderr || cause.message).trim()}`, { cause })
  }
}

function handle(site, first) {
  let running = first
  const { port } = first
  const end = async (signal) => {
    if (running === undefined) return
    const { exited, pid } = running
    running = undefined
    await terminate(pid, signal, exited)
  }
  let stopped
  return {
    host: HOST,
    port,
    superuser: SUPERUSER,
    url: urlOf(port),
    log: site.log,
    async kill() {
      await end('SIGQUIT')
    },
    async restart() {
      if (stopped !== undefined) throw new Error('The private PostgreSQL server has been stopped; start a new one.')
      await end('SIGINT')
      running = await launch(site, port)
    },
    stop() {
      stopped ??= end('SIGINT').finally(() => rmSync(site.home, { recursive: true, force: true, maxRetries: 5 }))
      return stopped
    },
    async [Symbol.asyncDispose]() {
      await this.stop()
    },
  }
}

async function terminate(pid, signal, exited) {
  for (const next of [signal, 'SIGQUIT', 'SIGKILL']) {
    try {
      process.kill(pid, next)
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
    const timer = new AbortController()
    const late = delay(STOP_LIMIT, 'late', { signal: timer.signal }).catch(() => 'late')
    const outcome = await Promise.race([exited, late])
    timer.abort()
    if (outcome !== 'late') return
  }
}

async function launchOnFreePort(site) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await launch(site, await freePort())
    } catch (error) {
      // Between asking for a free port and taking it, another process may have taken it.
      if (attempt === PORT_ATTEMPTS || !/could not bind|Address already in use/.test(error.message)) throw error
    }
  }
}

async function launch({ binaries, home, data, log, settings }, port) {
  const args = [
    '-D',
    data,
    ...Object.entries({ ...settings, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  const order = { binary: binaries.postgres, args, cwd: home, log, home, ...binaries.user }
  // A session of its own, so that a Ctrl-C for us does not pull the server away while we still need it to close. The
  // pipe on its standard input is what ends it when we die.
  const options = { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: cleanEnvironment() }
  const child = spawn(process.execPath, [keeper, JSON.stringify(order)], options)
  const exited = new Promise((resolve) => child.once('close', resolve))
  let alive = true
  void exited.then(() => (alive = false))
  let complaint = ''
  child.stderr.on('data', (text) => (complaint += text))
  child.stdin.on('error', () => {})
  const pid = await Promise.race([firstLine(child.stdout), exited])
  const started = Date.now()
  while (alive) {
    if (await accepts(port)) {
      // A script that forgets to stop the server still ends, and the server with it.
      for (const part of [child, child.stdin, child.stdout, child.stderr]) part.unref()
      return { port, pid: Number(pid), exited }
    }
    if (Date.now() - started > START_LIMIT) child.stdin.end()
    await delay(25)
  }
  throw new Error(`PostgreSQL did not start: ${complaint}${tail(log)}`)
}

function firstLine(stream) {
  return new Promise((resolve) => {
    let text = ''
    stream.on('data', (part) => {
      text += part
      if (text.includes('\n')) resolve(text.trim())
    })
  })
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

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, HOST, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

/** Without the variables by which a host's PostgreSQL tools are configured. */
function cleanEnvironment() {
  const own = Object.entries(process.env).filter(([name]) => !/^PG|^LC_|^NODE_|^VITEST/.test(name))
  return { ...Object.fromEntries(own), LC_ALL: 'C' }
}

function tail(file) {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(-20).join('\n')
  } catch {
    return ''
  }
}
