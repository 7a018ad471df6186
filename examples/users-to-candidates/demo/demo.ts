import { type Duration, type Progress, progressBar, type ProgressStream } from 'chunkwise'
import { checkCandidates, holds } from './check.js'
import { countInactive, type DemoDatabase, demoDatabase, executionsOf } from './database.js'
import { checkLines, countsTable, number } from './report.js'
import { type JobProcess, runJobProcess } from './run-job-process.js'

const CHUNK_SIZE = 400

/** Where and how the demo runs. */
export interface DemoOptions {
  readonly databaseUrl: string
  readonly users?: number
  /** Default `'2s'`, the operator's own. */
  readonly ownerGrace?: Duration
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal
  readonly print?: (line: string) => void
}

/**
 * Runs the candidate job in a process that dies half way, then in another one that goes on, and checks the rows. Resolves
 * with whether every candidate is there exactly once; rejects when it is interrupted.
 */
export async function demo(options: DemoOptions): Promise<boolean> {
  const { databaseUrl, users = 200_000, print = console.log } = options
  const database = demoDatabase(databaseUrl, 2)
  try {
    print(`\nMaking ${number(users)} users in ${database.place}.`)
    await database.prepare(users)
    const total = await countInactive(database)
    print(`${number(total)} of them are inactive: the job "candidateJob" reads them in chunks of ${CHUNK_SIZE},`)
    print('processes up to 24 chunks at once and writes those who have not opted out to candidates.')
    const runs = new Runs(options, total, print)
    await runs.untilItDies()
    await runs.untilItEnds()
    print('\nWhat the job repository remembers of the step:\n')
    print(countsTable(await executionsOf(database, 'candidateJob')))
    return await check(database, print)
  } finally {
    await database.close()
  }
}

async function check(database: DemoDatabase, print: (line: string) => void): Promise<boolean> {
  const found = await checkCandidates(database)
  print('\nThe check, in SQL, on a table that has no unique key:')
  for (const line of checkLines(found)) print(`  ${line}`)
  const good = holds(found)
  print(good ? '\nEvery candidate is there exactly once.\n' : '\nTHE CHECK FAILED: see above.\n')
  return good
}

/** The two runs of the job. */
class Runs {
  readonly #options: DemoOptions
  readonly #total: number
  readonly #print: (line: string) => void
  readonly #stream: ProgressStream
  #runs = 0

  constructor(options: DemoOptions, total: number, print: (line: string) => void) {
    this.#options = options
    this.#total = total
    this.#print = print
    // Lines go where all others go; a bar needs the terminal itself.
    const isTTY = print === console.log && process.stdout.isTTY
    this.#stream = isTTY ? process.stdout : { write: (text) => print(text.trimEnd()) }
  }

  async untilItDies(): Promise<void> {
    const dieInChunk = Math.max(1, Math.round(this.#total / CHUNK_SIZE / 2))
    this.#print(`\nFirst run. Its process kills itself in chunk ${dieInChunk}, after the write and before the commit.`)
    const { killed, last } = await this.#run({ dieInChunk })
    if (!killed) throw new Error(`the process of the job was to die half way, and did not: ${JSON.stringify(last)}`)
    this.#print(
      '  The process is dead (SIGKILL). The database still says STARTED, and that the dead process owns the job.',
    )
  }

  async untilItEnds(): Promise<void> {
    this.#print(
      '\nSecond run, a new process. It sees that the owner is gone, takes the job over, and goes on where the',
    )
    this.#print('last commit left it.')
    const { last } = await this.#run({})
    if (last?.kind === 'ended' && last.status === 'COMPLETED') return
    throw new Error(`the job did not complete: ${JSON.stringify(last)}`)
  }

  async #run(order: { readonly dieInChunk?: number }): ReturnType<() => JobProcess['ended']> {
    const { databaseUrl, ownerGrace = '2s', signal } = this.#options
    signal?.throwIfAborted()
    const isRestart = this.#runs++ > 0
    const show = progressBar(this.#stream, { items: 'users', prefix: '  ' })
    let progress: Progress | undefined
    const begun = performance.now()
    const job = runJobProcess({ databaseUrl, ownerGrace, total: this.#total, ...order }, (report) => {
      if (report.kind === 'started' && isRestart) {
        this.#print(`  Taken over ${((performance.now() - begun) / 1000).toFixed(1)} s after the new process began.`)
      }
      if (report.kind === 'progress') show((progress = report.progress))
      if (report.kind === 'dying') {
        if (this.#stream.isTTY === true) this.#stream.write('\n')
        this.#print(`  ${number(report.written)} rows written in the eyes of the transaction. Now.`)
      }
    })
    const stop = (): void => void job.process.kill('SIGTERM')
    signal?.addEventListener('abort', stop, { once: true })
    const ended = await job.ended.finally(() => signal?.removeEventListener('abort', stop))
    signal?.throwIfAborted()
    this.#print(`  ${number(Math.round(progress?.rate ?? 0))} users a second.`)
    return ended
  }
}
