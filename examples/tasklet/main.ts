// A clean-up in parts, then a program whose exit code decides how the job goes on: npx tsx examples/tasklet/main.ts
import {
  CommandTasklet,
  job,
  JobOperator,
  MemoryJobRepository,
  type OutsideTaskletContext,
  type TaskletContext,
  taskletStep,
} from 'chunkwise'
import { isMain } from '../is-main.js'

interface Day {
  readonly day: string
}

/** What the job did. */
export interface Outcome {
  /** Each step with its exit code, and what its last lines of output were. */
  readonly steps: readonly string[]
  /** How many calls the clean-up took. */
  readonly calls: number
  readonly left: readonly string[]
}

/** Deletes old sessions three at a time, asks a program whether there is a report to send, and sends it. */
export async function main(): Promise<Outcome> {
  const sessions = ['01-28', '01-30', '01-29', '02-01', '01-27', '01-31'].map((day) => `2026-${day}`)

  const deleteOld = taskletStep('deleteOld', ({ parameters, executionContext }: TaskletContext<Day>) => {
    // A real one says `delete … where id in (select … limit 3)` through `transaction.client`.
    const old = sessions.filter((session) => session < parameters.day).slice(0, 3)
    for (const session of old) sessions.splice(sessions.indexOf(session), 1)
    executionContext.put('deleted', (executionContext.get<number>('deleted') ?? 0) + old.length)
    // Each call is one transaction: a restart goes on with the next part.
    return old.length === 3 ? 'CONTINUABLE' : 'FINISHED'
  })

  const script = 'console.log(`no report for ${process.argv[1]}`); process.exit(3)'
  const makeReport = taskletStep(
    'makeReport',
    new CommandTasklet({
      command: process.execPath,
      args: ({ parameters }: OutsideTaskletContext<Day>) => ['-e', script, parameters.day],
      exitCodes: { 3: 'NO REPORT' },
      timeout: '1m',
    }),
  )
  const sendReport = taskletStep('sendReport', ({ key }) => console.log(`sent, with the key ${key}`), { outside: true })

  const nightly = job('nightly', { parameters: { day: 'localDate' } })
    .start(deleteOld)
    .next(makeReport)
    .on(makeReport, 'NO REPORT')
    .end()
    .from(makeReport)
    .next(sendReport)
    .build()

  await using operator = new JobOperator({ repository: new MemoryJobRepository() })
  const { stepExecutions } = await operator.run(nightly, { day: '2026-01-31' })
  return {
    steps: stepExecutions.map(({ stepName, exitStatus }) => `${stepName} ${exitStatus.toString()}`),
    calls: stepExecutions[0]?.counts.commit ?? 0,
    left: sessions,
  }
}

if (isMain(import.meta.url)) console.log(await main())
