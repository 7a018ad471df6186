// What all private database servers have in common: started here, stopped here, and gone when we are gone.
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const HOST = '127.0.0.1'
const START_LIMIT = 60_000
const STOP_LIMIT = 15_000
const PORT_ATTEMPTS = 5
const keeper = fileURLToPath(new URL('./server-keeper.mjs', import.meta.url))

/**
 * @typedef {object} Site what a server is started from
 * @property {string} name for messages
 * @property {string} binary
 * @property {(port: number) => string[]} args
 * @property {string} home a folder of its own, deleted at the end
 * @property {string} log
 * @property {{ uid: number, gid: number } | undefined} user whom to run as; undefined: as ourselves
 * @property {{ stop: string, kill: string }} signals that end it in order, and as a crash would
 * @property {(port: number) => Promise<boolean>} accepts whether it takes connections
 * @property {RegExp} portTaken what it says when its port is taken
 */

/** Starts a server on a free port; resolves, when it accepts connections, with what stops and restarts it. */
export async function startServer(site) {
  return handle(site, await launchOnFreePort(site))
}

function handle(site, first) {
  let running = first
  const { port } = first
  const end = async (signal) => {
    if (running === undefined) return
    const { exited, pid } = running
    running = undefined
    await terminate(site, pid, signal, exited)
  }
  let stopped
  return {
    host: HOST,
    port,
    log: site.log,
    async kill() {
      await end(site.signals.kill)
    },
    async restart() {
      if (stopped !== undefined) throw new Error(`The private ${site.name} server has been stopped; start a new one.`)
      await end(site.signals.stop)
      running = await launch(site, port)
    },
    stop() {
      stopped ??= end(site.signals.stop).finally(() => {
        rmSync(site.home, { recursive: true, force: true, maxRetries: 5 })
      })
      return stopped
    },
    async [Symbol.asyncDispose]() {
      await this.stop()
    },
  }
}

async function terminate({ signals }, pid, signal, exited) {
  for (const next of [signal, signals.kill, 'SIGKILL']) {
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
      if (attempt === PORT_ATTEMPTS || !site.portTaken.test(error.message)) throw error
    }
  }
}

async function launch({ name, binary, args, home, log, user, signals, accepts }, port) {
  const order = { binary, args: args(port), cwd: home, log, home, signals, ...user }
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
  throw new Error(`${name} did not start: ${complaint}${tail(log)}`)
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

/** Without the variables by which a host's database tools are configured. */
export function cleanEnvironment() {
  const own = Object.entries(process.env).filter(([name]) => !/^PG|^MYSQL|^MARIADB|^LC_|^NODE_|^VITEST/.test(name))
  return { ...Object.fromEntries(own), LC_ALL: 'C' }
}

function tail(file) {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(-20).join('\n')
  } catch {
    return ''
  }
}
