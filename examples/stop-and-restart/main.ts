// A job is stopped at a chunk boundary and goes on later: npx tsx examples/stop-and-restart/main.ts
import { chunkStep, job, JobOperator, MemoryJobRepository } from 'chunkwise'
import { isMain } from '../is-main.js'

/** What the two runs of the job did. */
export interface Outcome {
  readonly statuses: readonly string[]
  /** How many letters each run sent. */
  readonly sent: readonly number[]
  readonly letters: readonly string[]
}

/** Sends seven letters in two runs: the first is stopped after the second chunk, the next one sends the rest. */
export async function main(): Promise<Outcome> {
  const letters: string[] = []
  const sendLetters = chunkStep('sendLetters', {
    chunkSize: 2,
    reader: ['Ada', 'Grace', 'Barbara', 'Frances', 'Jean', 'Kay', 'Betty'],
    processor: (name) => `Dear ${name}`,
    writer: (chunk) => void letters.push(...chunk),
    listeners: [
      {
        afterChunk: async (_chunk, { stepExecution }) => {
          // Resolves once the request is stored; a signal handler or an admin page would call the same.
          if (letters.length === 4) await operator.stop(stepExecution.jobExecutionId)
        },
      },
    ],
  })
  const mailing = job('mailing', { parameters: { campaign: 'string' } })
    .start(sendLetters)
    .build()

  await using operator: JobOperator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [mailing] })
  const stopped = await operator.run(mailing, { campaign: 'spring' })

  // By its id alone: a service restarts what was stopped when it is deployed.
  const restarted = await (await operator.restart(stopped.id)).result
  const runs = [stopped, restarted]
  return {
    statuses: runs.map(({ status }) => status),
    sent: runs.map(({ stepExecutions }) => stepExecutions[0]?.counts.write ?? 0),
    letters,
  }
}

if (isMain(import.meta.url)) console.log(await main())
