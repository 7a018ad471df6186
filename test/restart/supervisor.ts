import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Duration } from 'chunkwise'
import type mysql from 'mysql2/promise'
import type pg from 'pg'

/** When a worker kills itself, in the chunk numbered `chunk` from 0 of its own run, or at its end. */
export interface Death {
  /** Where chunks are written in parts: the write. For dead letters: the chunk that has some. */
  readonly chunk: number
  readonly moment:
    | 'in-read'
    | 'in-process'
    | 'before-write'
    /** With half of the bytes in the file. */
    | 'in-write'
    | 'after-write'
    | 'before-letters'
    | 'after-letters'
    | 'before-commit'
    | 'after-commit-is-sent'
    | 'after-chunk'
    /** When all is committed: before the last line, on either side of an atomic file's renaming, before the step's end. */
    | 'in-footer'
    | 'before-rename'
    | 'after-rename'
    | 'after-complete'
  /** Default SIGKILL. SIGSTOP only puts it to sleep. */
  readonly signal?: 'SIGSTOP'
}

/** A file that a worker writes. */
export interface FileTarget {
  readonly file: string
  readonly atomic?: true
  readonly append?: true
}

/** What a worker is to do. */
export interface WorkerOrder {
  readonly url: string
  readonly concurrency: number
  readonly chunkSize: number
  /** Where it reads: a delimited file, or a service by its address. Default: the table `source`. */
  readonly from?: { readonly file: string } | { readonly service: string }
  /** The delimited file that it writes. Default: the table `target`. */
  readonly to?: FileTarget
  readonly death?: Death
  /** The chunk at which the worker waits to be killed. */
  readonly holdAt?: number
  /** Default: as they were read. */
  readonly commitOrder?: 'any'
  /** Into how many partitions the source is cut, and how many of them are copied at once. Default: it is not cut. */
  readonly partitions?: { readonly count: number; readonly gridSize: number }
  /** How many rows that are refused may be skipped, into the table `dead`. Default: none. */
  readonly skipLimit?: number
  /** The file that they are skipped into, instead of the table. */
  readonly letters?: string
  /** Whether the worker starts its job again, in the same process, until it is COMPLETED. */
  readonly keepGoing?: boolean
  /** How many milliseconds the worker waits after each chunk, so that a job lasts as long as a fault. Default: none. */
  readonly pace?: number
  /** The chunk after which the worker's process takes every connection of the pool for itself, for a while. */
  readonly exhaustAfter?: number
  /** How the worker's pool differs from one of five connections. */
  readonly pool?: Pick<pg.PoolConfig, 'max' | 'query_timeout' | 'connectionTimeoutMillis'> &
    Pick<mysql.PoolOptions, 'waitForConnections'>
  /** How long a chunk may take. Default: as long as it likes. */
  readonly chunkTimeout?: Duration
  /** How long the worker's lease is good. Default `'10s'`: none expires by chance. */
  readonly leaseDuration?: Duration
}

/** When a supervisor kills a worker: `delay` milliseconds after it has said that so many chunks are committed. */
export interface Kill {
  /** `undefined`: count from the moment when it is about to start the job. */
  readonly afterChunks: number | undefined
  readonly delay: number
}

/** How a worker ended. */
export interface WorkerEnd {
  readonly killed: boolean
  /** The status of the job, or how its start was refused; `undefined` when the worker was killed. */
  readonly outcome: string | undefined
  /** What it said, line by line. */
  readonly said: readonly string[]
}

const file = fileURLToPath(new URL('./worker.mjs', import.meta.url))

/** A chunk or two more than the supervisor waits for may commit before the signal arrives, but never all. */
const HOLD = 25

/** A worker that runs. */
export interface Worker {
  /** Resolves when it is gone; rejects, with what it printed, when it broke down. */
  readonly ended: Promise<WorkerEnd>
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
}

/** Starts a worker; `heard` is told each line that it says. */
export function startWorker(order: WorkerOrder, heard: (line: string) => void = () => {}): Worker {
  const child = spawn(process.execPath, [file, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  let errors = ''
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()))
  createInterface(child.stdout).on('line', (line) => {
    said.push(line)
    heard(line)
  })
  const ended = new Promise<WorkerEnd>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const killed = signal === 'SIGKILL'
      const outcome = /^ended (\w+)/.exec(said.at(-1) ?? '')?.[1]
      if (killed || outcome !== undefined) resolve({ killed, outcome, said })
      else reject(new Error(`the worker ended with ${code ?? signal}:\n${said.slice(-5).join('\n')}\n${errors}`))
    })
  })
  return { ended, signal: (signal) => void child.kill(signal) }
}

/** Starts a worker and resolves when it has reached its deadly moment. */
export function untilDying(order: WorkerOrder): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = startWorker(order, (line) => {
      if (line === 'dying') resolve(worker)
    })
    worker.ended.then((end) => reject(new Error(`it ended instead: ${end.said.at(-1)}`)), reject)
  })
}

/** Runs a worker until it is COMPLETED or killed, as told; rejects when it ends in another way. */
export async function runWorker(order: WorkerOrder, kill?: Kill): Promise<WorkerEnd> {
  const end = await (kill === undefined ? startWorker(order) : startDoomed(order, kill)).ended
  if (!end.killed && end.outcome !== 'COMPLETED') throw new Error(`the worker has not completed: ${end.said.at(-1)}`)
  return end
}

/** Whether a worker comes to the moment that it is to die at; it may complete instead. */
export async function diesOf(order: WorkerOrder, death: Death): Promise<boolean> {
  const { killed, said } = await runWorker({ ...order, death })
  return killed && said.at(-1) === 'dying'
}

function startDoomed(order: WorkerOrder, { afterChunks, delay }: Kill): Worker {
  const due = afterChunks === undefined ? 'ready' : `chunk ${afterChunks}`
  const worker = startWorker({ ...order, holdAt: (afterChunks ?? 0) + HOLD }, (line) => {
    if (line === due) setTimeout(() => worker.signal('SIGKILL'), delay)
  })
  return worker
}

/** Runs workers one after another, killing each as `kills` says, the last not at all. Resolves with how many were killed. */
export async function superviseToTheEnd(order: WorkerOrder, kills: readonly Kill[]): Promise<number> {
  let killed = 0
  for (const kill of kills) {
    const end = await runWorker(order, kill)
    if (!end.killed) return killed
    killed++
  }
  await runWorker(order)
  return killed
}
