// A job that runs another job as one of its steps, is stopped by its failure, and restarted: npx tsx examples/nested-jobs/main.ts
import { chunkStep, job, JobOperator, jobStep, MemoryJobRepository, type StepContext } from 'chunkwise'
import { isMain } from '../is-main.js'

/** What the two runs of the outer job did. */
export interface Outcome {
  readonly statuses: readonly string[]
  /** How many instances and executions the inner job has. */
  readonly instances: number
  readonly executions: number
  readonly written: readonly string[]
}

/** The inner job fails in the first run; restarting the outer job restarts the same inner instance. */
export async function main(): Promise<Outcome> {
  const written: string[] = []
  let broken = true
  const importUsers = chunkStep('importUsers', {
    chunkSize: 2,
    reader: ['Ada', 'Grace', 'Edsger', 'Barbara'],
    writer: (names) => {
      if (broken && names.includes('Edsger')) throw new Error('the directory does not answer')
      written.push(...names)
    },
  })
  const users = job('users', { parameters: { day: 'localDate' } })
    .start(importUsers)
    .build()

  const publish = chunkStep('publish', {
    chunkSize: 1,
    reader: ['page'],
    writer: (pages) => void written.push(...pages),
  })
  const nightly = job('nightly', { parameters: { day: 'localDate' } })
    .start(
      jobStep('usersJob', users, {
        parameters: ({ parameters }: StepContext<{ day: string }>) => ({ day: parameters.day }),
      }),
    )
    .next(publish)
    .build()

  await using operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [nightly, users] })
  const first = await operator.run(nightly, { day: '2026-01-31' })
  broken = false
  const second = await (await operator.restart(first)).result

  const instances = await operator.instances('users')
  const executions = await Promise.all(instances.map((instance) => operator.executions(instance)))
  return {
    statuses: [first.status, second.status],
    instances: instances.length,
    executions: executions.flat().length,
    written,
  }
}

if (isMain(import.meta.url)) console.log(await main())
