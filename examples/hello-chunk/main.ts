// The smallest job there is, in memory: npx tsx examples/hello-chunk/main.ts
import { chunkStep, job, JobOperator, MemoryJobRepository } from 'chunkwise'
import { isMain } from '../is-main.js'

const greet = chunkStep('greet', {
  chunkSize: 2,
  reader: ['Ada', 'Grace', '', 'Barbara', 'Frances'],
  processor: (name) => (name === '' ? null : `Hello, ${name}!`),
  writer: (greetings) => console.log(greetings.join(' ')),
})

const hello = job('hello').start(greet).build()

/** Greets four of five names, in three chunks. */
export async function main(): Promise<{ readonly status: string; readonly written: number }> {
  await using operator = new JobOperator({ repository: new MemoryJobRepository() })
  const execution = await operator.run(hello)
  return { status: execution.status, written: execution.stepExecutions[0]?.counts.write ?? 0 }
}

if (isMain(import.meta.url)) console.log(await main())
