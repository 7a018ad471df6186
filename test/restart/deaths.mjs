// How a worker dies: at the moment that its order names, by its own hand.
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** @type {import('./supervisor.js').WorkerOrder} */
export const order = JSON.parse(process.argv[2])
const { death } = order

/** Whether the next COMMIT, or the next bytes of a file, are the deadly ones. */
const armed = { commit: false, bytes: false }

export function say(line) {
  process.stdout.write(`${line}\n`)
}

export function dieIf(moment) {
  if (death?.moment === moment) die()
}

function die() {
  say('dying')
  process.kill(process.pid, death?.signal ?? 'SIGKILL')
}

/** Dies with an item of the deadly chunk: the second one that is read. Numbers go up without gaps. */
export class DeadlyItem {
  #first

  read(id) {
    this.#first ??= id
    if (this.#is(id)) dieIf('in-read')
  }

  process(id) {
    if (this.#is(id)) dieIf('in-process')
  }

  #is(id) {
    return id === this.#first + death?.chunk * order.chunkSize + 1
  }
}

/** Writes, and ends this process before or after it in the chunk that the order names. */
export class DeadlyWriter {
  #writer
  #moments
  #writes = 0

  /** `moments`: before and after a write. */
  constructor(writer, moments = { before: 'before-write', after: 'after-write' }) {
    this.#writer = writer
    this.#moments = moments
    for (const name of ['transactional', 'pool']) if (name in writer) this[name] = writer[name]
    for (const name of ['open', 'position', 'returnTo', 'close']) {
      if (name in writer) this[name] = (...args) => writer[name](...args)
    }
    if ('complete' in writer) this.complete = () => this.#complete()
  }

  async write(items, context) {
    const dies = this.#writes++ === death?.chunk
    if (dies) dieIf(this.#moments.before)
    armed.bytes = dies
    try {
      await this.#writer.write(items, context)
    } catch (error) {
      // With what is yet to be undone.
      if (dies) dieIf(this.#moments.after)
      throw error
    } finally {
      armed.bytes = false
    }
    if (!dies) return
    // Asking for the client sends what is queued, so the rows are with the server, uncommitted.
    if (death.moment === this.#moments.after) await context.transaction.client.query('select 1')
    dieIf(this.#moments.after)
    armed.commit = death.moment.includes('commit')
  }

  async #complete() {
    await this.#writer.complete()
    dieIf('after-complete')
  }
}

/** Dies just before the bytes of a COMMIT go out, or just after. */
export function watchForCommit(pool) {
  pool.on('getConnection' in pool ? 'connection' : 'connect', (client) => {
    const { stream } = client.connection ?? client
    const write = stream.write.bind(stream)
    stream.write = (data, ...rest) => {
      const isDeadly = armed.commit && Buffer.from(data).includes('COMMIT')
      if (isDeadly) armed.commit = false
      if (isDeadly) dieIf('before-commit')
      const flushed = write(data, ...rest)
      if (isDeadly) setImmediate(() => dieIf('after-commit-is-sent'))
      return flushed
    }
  })
}

/** Dies with half of a chunk's bytes in its file, or before or after the renaming of a complete one. */
export async function watchFiles() {
  const handle = await fs.open(process.execPath)
  const prototype = Object.getPrototypeOf(handle)
  await handle.close()
  const { write } = prototype
  prototype.write = async function (bytes, offset, length, position) {
    const isDeadly = armed.bytes && death.moment === 'in-write'
    const written = await write.call(this, bytes, offset, isDeadly ? length >> 1 : length, position)
    if (isDeadly) die()
    return written
  }
  const { rename } = fs
  fs.rename = async (from, to) => {
    dieIf('before-rename')
    await rename(from, to)
    dieIf('after-rename')
  }
  // For those that have imported it by its name.
  syncBuiltinESMExports()
}
