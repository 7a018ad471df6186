import type { ChildProcess } from 'node:child_process'
import { type Clock, sleep, type Timer } from '../../support/clock.js'
import { HAS_PROCESS_GROUPS, signalGroup } from '../../support/host-process.js'

/** How often is looked whether what a program has started is gone too, in milliseconds. */
const LOOK = 20
/** How long the output of a program may stay open behind its end when nobody else can be waited for, in milliseconds. */
const LAST_WORDS = 1_000

/** How a program has ended. One of exit code and signal is there. */
export interface CommandEnd {
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  /** Why it was asked to end, if it was. */
  readonly endedBy: 'stop' | 'timeout' | undefined
}

/** What a {@link CommandProcess} ends with. */
export interface CommandProcessOptions {
  readonly clock: Clock
  /** Milliseconds between asking and killing. */
  readonly killGrace: number
}

/** A program that runs, and the processes that it has started. */
export class CommandProcess {
  /** Resolves when it is gone, with all of its group if it was ended, and its output has been read. Never rejects. */
  readonly ended: Promise<CommandEnd>
  readonly #child: ChildProcess
  readonly #options: CommandProcessOptions
  readonly #closed: Promise<unknown>
  #endedBy: CommandEnd['endedBy']
  #exited = false
  #killed = false
  #grace: Timer | undefined
  #wake: () => void = () => undefined

  constructor(child: ChildProcess, options: CommandProcessOptions) {
    this.#child = child
    this.#options = options
    this.#closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
    this.ended = this.#run()
  }

  /**
   * Asks it to end, and kills it when it has not by the end of its grace. Only the first call counts. To a program that has
   * ended by itself it does nothing, except that its output is no longer waited for.
   */
  end(endedBy: 'stop' | 'timeout', how: 'SIGTERM' | 'SIGKILL'): void {
    this.#wake()
    if (this.#exited || this.#endedBy !== undefined) return
    this.#endedBy = endedBy
    if (how === 'SIGKILL') return this.#kill()
    this.#signal('SIGTERM')
    const { clock, killGrace } = this.#options
    this.#grace = clock.after(killGrace, () => this.#kill(), { keepAlive: true })
  }

  async #run(): Promise<CommandEnd> {
    const [exitCode, signal] = await this.#exit()
    if (this.#endedBy !== undefined) await this.#groupGone()
    this.#grace?.cancel()
    await this.#outputClosed(this.#endedBy === undefined ? this.#options.killGrace : LAST_WORDS)
    // Somebody who has left the group, or was left behind, holds it open: nobody reads it any more.
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
    await this.#closed
    return { exitCode: exitCode ?? undefined, signal: signal ?? undefined, endedBy: this.#endedBy }
  }

  #exit(): Promise<[exitCode: number | null, signal: string | null]> {
    return new Promise((resolve) => {
      this.#child.once('exit', (...end) => {
        this.#exited = true
        resolve(end)
      })
    })
  }

  /** Waits until the output is closed, which it is not while a process that was left behind holds it; not for long. */
  async #outputClosed(patience: number): Promise<void> {
    let timer: Timer | undefined
    const waited = new Promise<void>((resolve) => {
      timer = this.#options.clock.after(patience, resolve, { keepAlive: true })
      this.#wake = resolve
    })
    await Promise.race([this.#closed, waited])
    timer?.cancel()
  }

  /**
   * Waits until nobody of the group is left, or all have been killed. Those that have ended but are never waited for, as in
   * a container without an init process, count until then.
   */
  async #groupGone(): Promise<void> {
    while (!this.#killed && this.#signal(0)) await sleep(this.#options.clock, LOOK)
  }

  #kill(): void {
    this.#killed = true
    this.#signal('SIGKILL')
  }

  /** Whether anybody was there. */
  #signal(signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
    const { pid } = this.#child
    if (HAS_PROCESS_GROUPS && pid !== undefined) return signalGroup(pid, signal)
    return this.#child.kill(signal)
  }
}
