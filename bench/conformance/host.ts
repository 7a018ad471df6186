import { type ChildProcess, fork } from 'node:child_process'
import type { Run } from './engine.js'
import type { CallName, Order, Reply, Request } from './process.js'

/** Where the process of a library is started: the file, and how Node reads it. */
export interface Program {
  readonly file: string
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** What the library says when it rejects what it is asked for. */
class RefusedError extends Error {}

/** A process with a library in it, as the one sees it who watches. */
export class Host {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  readonly #ended: Promise<void>
  readonly #ready = withResolvers()
  #paused = withResolvers()
  #calls = 0
  #errors = ''

  constructor(program: Program, order: Order) {
    this.#child = fork(program.file, {
      execArgv: [...program.execArgv],
      env: { ...process.env, ...program.env, CONFORMANCE_ORDER: JSON.stringify(order) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child.stderr?.on('data', (part) => (this.#errors += String(part)))
    this.#child.on('message', (reply) => this.#hear(reply as Reply))
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve(this.#end())))
  }

  /** Resolves when the library is open; rejects with what the process says when it ends before. */
  ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Starts the job and waits for its end. Rejects when it is refused, or when the process ends. */
  launch(): Promise<Run> {
    return this.#call('launch') as Promise<Run>
  }

  /** The same; resolves to what the library says when it refuses. */
  async tryToLaunch(): Promise<Run | string> {
    try {
      return await this.launch()
    } catch (error) {
      if (error instanceof RefusedError) return error.message
      throw error
    }
  }

  /** Starts the job and waits until it pauses. The promise of its end need not be awaited. */
  async launchToPause(start: () => Promise<Run> = () => this.launch()): Promise<{ readonly end: Promise<Run> }> {
    const end = start()
    end.catch(() => {})
    const early = end.then(({ status }) => {
      throw new Error(`the job was to pause, and ended ${status}`)
    })
    await Promise.race([this.#paused.promise, early])
    return { end }
  }

  /** Starts an execution again that has failed or was stopped, and waits for its end. */
  restart(execution: string): Promise<Run> {
    return this.#call('restart', execution) as Promise<Run>
  }

  /** Asks an execution to stop; resolves when the library says that this is done. */
  async stop(execution: string): Promise<void> {
    await this.#call('stop', execution)
  }

  /** What is stored, as this process reads it; the latest last. */
  executions(): Promise<readonly Run[]> {
    return this.#call('executions') as Promise<readonly Run[]>
  }

  /** How many items were read, as often as the process was told while the job ran. */
  heard(): Promise<readonly number[]> {
    return this.#call('heard') as Promise<readonly number[]>
  }

  /** The names of what can be done by hand for an execution whose process has died. */
  remedies(): Promise<readonly string[]> {
    return this.#call('remedies') as Promise<readonly string[]>
  }

  /** Does one of these. */
  remedy(name: string, execution: string): Promise<Run> {
    return this.#call('remedy', name, execution) as Promise<Run>
  }

  /** Lets the job go on where it has paused. */
  go(): void {
    this.#paused = withResolvers()
    this.#send({ kind: 'go' })
  }

  /** Kills the process with SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  #call(name: CallName, ...args: readonly string[]): Promise<unknown> {
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#send({ kind: 'call', id, name, args })
    })
  }

  #send(request: Request): void {
    // An error means that the process is gone: then whoever waits is told by the end.
    this.#child.send(request, () => {})
  }

  #hear(reply: Reply): void {
    if (reply.kind === 'ready') return this.#ready.resolve()
    if (reply.kind === 'paused') return this.#paused.resolve()
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (reply.error === undefined) waiting?.resolve(reply.value)
    else waiting?.reject(new RefusedError(reply.error))
  }

  #end(): void {
    const error = new Error(`the process has ended${this.#errors === '' ? '' : `: ${this.#errors}`}`)
    this.#ready.reject(error)
    this.#paused.reject(error)
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

interface Resolvers {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: Error): void
}

function withResolvers(): Resolvers {
  let resolvers!: Omit<Resolvers, 'promise'>
  const promise = new Promise<void>((resolve, reject) => (resolvers = { resolve, reject }))
  // Whoever waits hears of it; nobody need wait.
  promise.catch(() => {})
  return { promise, ...resolvers }
}
