import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a racer answers: a value, or the code of the error that its operator threw. */
export interface RacerAnswer {
  readonly value?: unknown
  readonly error?: string
}

const file = fileURLToPath(new URL('./racer.mjs', import.meta.url))

/** A process that lives until it is closed and starts jobs when told to. */
export class Racer {
  readonly #process: ChildProcess
  readonly #ready: Promise<RacerAnswer>

  constructor(url: string) {
    this.#process = fork(file, [url], { execArgv: [] })
    this.#ready = this.#answer()
  }

  /** Resolves when the process takes commands. */
  async ready(): Promise<void> {
    await this.#ready
  }

  /** Tells it what to do, and resolves with the answer. One command at a time. */
  tell(command: string, parameters: object = {}): Promise<RacerAnswer> {
    const answer = this.#answer()
    this.#process.send({ command, ...parameters })
    return answer
  }

  /** Lets it end by itself: nothing of its operator may keep it alive. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const gone = new Promise((resolve) => this.#process.once('close', resolve))
    this.#process.send({ command: 'close' })
    await gone
  }

  #answer(): Promise<RacerAnswer> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`the racer ended with ${code}`))
      this.#process.once('close', ended)
      this.#process.once('message', (answer: RacerAnswer) => {
        this.#process.removeListener('close', ended)
        resolve(answer)
      })
    })
  }
}
