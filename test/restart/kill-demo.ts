import { setTimeout as delay } from 'node:timers/promises'
import { checkCandidates, holds } from '../../examples/users-to-candidates/demo/check.js'
import { type DemoDatabase, demoDatabase, executionsOf } from '../../examples/users-to-candidates/demo/database.js'
import { type JobReport, runJobProcess } from '../../examples/users-to-candidates/demo/run-job-process.js'
import type { Random } from './random.js'

/** How the demo's job is killed. */
export interface KillDemoOptions {
  readonly databaseUrl: string
  /** How often. */
  readonly kills: number
  readonly users: number
  /** Milliseconds. */
  readonly ownerGrace: number
  readonly random: Random
  readonly print: (line: string) => void
}

/** What came of it. */
export interface KillDemoResult {
  readonly kills: number
  /** How often the job was run to its end and its rows were checked. */
  readonly rounds: number
  /** What was wrong, in words; empty when every candidate was there exactly once, every time. */
  readonly complaints: readonly string[]
}

/**
 * Kills the process of the demo's job at random moments of its life, starting it again each time, `kills` times in all;
 * then runs it to its end. Whenever it ends before it is killed, the rows are checked and it begins anew.
 */
export async function killDemo(options: KillDemoOptions): Promise<KillDemoResult> {
  const { databaseUrl, users, print } = options
  const complaints: string[] = []
  let kills = 0
  let rounds = 0
  while (kills < options.kills || rounds === 0) {
    const database = demoDatabase(databaseUrl, 2)
    try {
      await database.prepare(users)
      while (!(await runOnce(options, kills < options.kills))) {
        kills++
        const counts = await countsOf(database)
        print(`kill ${kills}: ${JSON.stringify(counts)}`)
        // It was killed behind the commit of its end.
        if (counts.at(-1)?.startsWith('COMPLETED') === true) break
      }
      rounds++
      const check = await checkCandidates(database)
      print(`round ${rounds} has ended, ${kills} kills: ${JSON.stringify(check)}`)
      if (!holds(check)) complaints.push(`round ${rounds}: ${JSON.stringify(check)}`)
    } finally {
      await database.close()
    }
  }
  return { kills, rounds, complaints }
}

/** Runs the job in a process; true when it came to its end, false when it was killed. */
async function runOnce(options: KillDemoOptions, kill: boolean): Promise<boolean> {
  const { databaseUrl, users, ownerGrace, random } = options
  const dead = new AbortController()
  const hit = (after: number): void => {
    // The process may have ended by itself meanwhile.
    delay(after, undefined, { signal: dead.signal }).then(
      () => job.process.kill('SIGKILL'),
      () => undefined,
    )
  }
  // One in four dies while it starts and takes its predecessor over, the others while they read and write.
  const from: JobReport['kind'] | 'spawn' = random.between(1, 4) === 1 ? 'spawn' : 'started'
  const after = random.between(0, from === 'spawn' ? 700 + ownerGrace : Math.round(users / 300))
  const job = runJobProcess({ databaseUrl, ownerGrace }, ({ kind }) => {
    if (kill && kind === from) hit(after)
  })
  if (kill && from === 'spawn') hit(after)
  const { killed, last } = await job.ended.finally(() => dead.abort())
  if (killed) return false
  if (last?.kind === 'ended' && last.status === 'COMPLETED') return true
  throw new Error(`the job ended as it should not: ${JSON.stringify(last)} (seed ${random.seed})`)
}

async function countsOf(database: DemoDatabase): Promise<readonly string[]> {
  const executions = await executionsOf(database, 'candidateJob')
  return executions.map(({ status, stepExecutions }) => `${status} ${stepExecutions[0]?.counts.read ?? 0}`)
}
