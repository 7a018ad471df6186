import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Duration, Progress } from 'chunkwise'

/** What the process of the job is to do. */
export interface JobOrder {
  readonly databaseUrl: string
  /** How long a dead owner is given to come back. */
  readonly ownerGrace: Duration
  /** How many users there are to read: the reader does not count them. */
  readonly total?: number
  /** The chunk, counted from 1, in whose transaction the process kills itself. Default: in none. */
  readonly dieInChunk?: number
}

/** What the process of the job says. */
export type JobReport =
  | { readonly kind: 'started'; readonly jobExecutionId: number }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'dying'; readonly written: number }
  | { readonly kind: 'ended'; readonly status: string; readonly exitDescription: string }

/** A job that runs in a process of its own. */
export interface JobProcess {
  readonly process: ChildProcess
  /** Resolves when the process is gone, with the last it said; `killed` when a signal ended it. */
  readonly ended: Promise<{ readonly killed: boolean; readonly last: JobReport | undefined }>
}

const jobProcess = fileURLToPath(new URL('./job-process.ts', import.meta.url))
const tsconfig = fileURLToPath(new URL('../../tsconfig.json', import.meta.url))

/** Starts the job in a new process; `tell` hears what it says. */
export function runJobProcess(order: JobOrder, tell: (report: JobReport) => void = () => {}): JobProcess {
  const child = fork(jobProcess, {
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: { ...process.env, TSX_TSCONFIG_PATH: tsconfig, CHUNKWISE_DEMO_ORDER: JSON.stringify(order) },
  })
  let last: JobReport | undefined
  child.on('message', (message) => {
    last = message as JobReport
    tell(last)
  })
  const ended: JobProcess['ended'] = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (_code, signal) => resolve({ killed: signal === 'SIGKILL', last }))
  })
  return { process: child, ended }
}
