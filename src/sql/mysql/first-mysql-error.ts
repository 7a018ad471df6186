import type { MysqlCommand, MysqlCore } from './mysql-port.js'

const UNDOES = /^\s*ROLLBACK\b/i

/**
 * Remembers the first error that the server answers on a connection since the last rollback, also one that user code
 * catches: MySQL does not hold an error against the transaction, so nobody else would. Every command of the driver goes
 * through one method of the connection, which is stood in for as long as the connection is out of the pool.
 */
export class FirstMysqlError {
  readonly #core: MysqlCore
  readonly #original: MysqlCore['addCommand']
  #error: unknown

  constructor(core: MysqlCore) {
    this.#core = core
    this.#original = core.addCommand
    if (this.#original === undefined) return
    const original = this.#original.bind(core)
    core.addCommand = (command) => {
      this.#watch(command)
      return original(command)
    }
  }

  /** The driver's error, or `undefined`. */
  get error(): unknown {
    return this.#error
  }

  /** Listens no more. */
  stop(): void {
    if (this.#original === undefined) return
    // What was there before is the method of the class.
    delete this.#core.addCommand
  }

  #watch(command: MysqlCommand): void {
    const undoes = typeof command.sql === 'string' && UNDOES.test(command.sql)
    const { onResult } = command
    if (typeof onResult !== 'function') {
      // Such a command ends with its error; listening to 'error' itself would hide that nobody else does.
      command.once?.('end', (error) => this.#ended(undoes, error))
      return
    }
    command.onResult = (error, ...rest) => {
      this.#ended(undoes, error)
      onResult.call(command, error, ...rest)
    }
  }

  #ended(undoes: boolean, error: unknown): void {
    if (error === null || error === undefined) {
      // Of everything or to a savepoint: what went wrong is undone.
      if (undoes) this.#error = undefined
      return
    }
    this.#error ??= error
  }
}
