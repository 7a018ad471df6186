// A nightly job as a graph, run on three nights: npx tsx examples/flow/main.ts
import {
  chunkStep,
  decision,
  ExitStatus,
  flow,
  job,
  type JobExecution,
  JobOperator,
  listener,
  MemoryJobRepository,
  split,
} from 'chunkwise'
import { isMain } from '../is-main.js'

/** What the nights did. */
export interface Nights {
  /** Exit code of the job and the steps that ran, for each run. */
  readonly runs: readonly (readonly [exitCode: string, steps: readonly string[]])[]
  /** The job as a Mermaid flowchart. */
  readonly chart: string
}

/** Runs a job that loads, splits, decides, and cleans up when something fails; the second night is restarted. */
export async function main(): Promise<Nights> {
  const broken = new Set<string>()
  const step = <const N extends string>(name: N) =>
    chunkStep(name, {
      chunkSize: 10,
      reader: [1, 2, 3],
      writer: () => {
        if (broken.has(name)) throw new Error(`${name} is broken`)
      },
    })

  // A step may raise its exit code, and the job goes on by it.
  const load = chunkStep('load', {
    chunkSize: 10,
    reader: ['a', 'b', ''],
    processor: (line) => line || null,
    writer: () => {},
    listeners: [
      listener('afterStep', ({ counts }) =>
        counts.filter > 0 ? new ExitStatus('COMPLETED WITH EMPTY LINES') : undefined,
      ),
    ],
  })
  const reports = split('reports', [
    flow('daily').start(step('dailyTotals')).next(step('dailyMail')).build(),
    flow('audit').start(step('auditTrail')).build(),
  ])
  const sunday = decision('sunday', ({ parameters }: { parameters: { weekday: string } }) =>
    parameters.weekday === 'SUN' ? 'YES' : 'NO',
  )
  const cleanUp = step('cleanUp')
  const tellAboutLines = step('tellAboutLines')

  // start and next make the main line; on(…) adds a way beside it.
  const nightly = job('nightly', { parameters: { weekday: 'string' } })
    .start(load)
    .on(load, 'FAILED')
    .to(cleanUp)
    .on(load, 'COMPLETED WITH*')
    .to(tellAboutLines)
    .next(reports)
    .next(sunday)
    .on(sunday, 'NO')
    .end('NOT SUNDAY')
    .next(step('weeklyTotals'))
    .on(tellAboutLines, '*')
    .to(reports)
    .on(cleanUp, '*')
    .fail('CLEANED UP')
    .build()

  await using operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [nightly] })
  const saturday = await operator.run(nightly, { weekday: 'SAT' })
  broken.add('dailyMail')
  const sundayNight = await operator.run(nightly, { weekday: 'SUN' })
  broken.clear()
  // Only what has not completed runs again: not the load, not the audit.
  const again = await (await operator.restart(sundayNight)).result
  return { runs: [saturday, sundayNight, again].map(summary), chart: operator.describe(nightly).mermaid }
}

function summary({ exitStatus, stepExecutions }: JobExecution): readonly [string, readonly string[]] {
  return [exitStatus.exitCode, stepExecutions.map(({ stepName }) => stepName).toSorted()]
}

if (isMain(import.meta.url)) console.log(await main())
