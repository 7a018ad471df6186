import type { MysqlCommand, MysqlCore } from './mysql-port.js'

const UNDOES = /^\s*ROLLBACK\b/i

/** Who watches a connection's commands now, of each connection that was ever watched. */
const watchers = new WeakMap<MysqlCore, { current: FirstMysqlError | undefined }>()

/**
 * Remembers the first error that the server answers on a connection since the last rollback, also one that user code
 * catches: MySQL does not hold an error against the transaction, so nobody else would. Every command of the driver goes
 * through one method of the connection. It is stood in for once and for good: taking the stand-in away again would make
 * the connection a slow object for the driver.
 */
export class FirstMysqlError {
  readonly #core: MysqlCore
  #error: unknown
  #own = false

  constructor(core: MysqlCore) {
    this.#core = core
    watcherOf(core).current = this
  }

  /** The driver's error, or `undefined`. */
  get error(): unknown {
    return this.#error
  }

  /** Listens no more. */
  stop(): void {
    const watcher = watcherOf(this.#core)
    if (watcher.current === this) watcher.current = undefined
  }

  /** Sends commands whose end is told by `ended`: a command that is stood in for keeps its rows alive for long. */
  own(send: () => unknown): void {
    this.#own = true
    try {
      send()
    } finally {
      this.#own = false
    }
  }

  /** Hears how a command ends that somebody else has sent. */
  watch(command: MysqlCommand): void {
    if (this.#own) return
    const { onResult } = command
    if (typeof onResult !== 'function') {
      // Such a command ends with its error; listening to 'error' itself would hide that nobody else does.
      command.once?.('end', (error) => this.ended(command.sql, error))
      return
    }
    command.onResult = (error, ...rest) => {
      this.ended(command.sql, error)
      onResult.call(command, error, ...rest)
    }
  }

  /** A statement has ended, with its error if it has one. */
  ended(sql: unknown, error: unknown): void {
    if (error !== null && error !== undefined) this.#error ??= error
    // Of everything or to a savepoint: what went wrong is undone.
    else if (this.#error !== undefined && typeof sql === 'string' && UNDOES.test(sql)) this.#error = undefined
  }
}

function watcherOf(core: MysqlCore): { current: FirstMysqlError | undefined } {
  const known = watchers.get(core)
  if (known !== undefined) return known
  const watcher: { current: FirstMysqlError | undefined } = { current: undefined }
  watchers.set(core, watcher)
  const original = core.addCommand
  if (original !== undefined) {
    core.addCommand = (command) => {
      watcher.current?.watch(command)
      return original.call(core, command)
    }
  }
  return watcher
}
