// A hand-written reader is an async generator: npx tsx examples/async-generator-reader/main.ts
import { setImmediate as nextTurn } from 'node:timers/promises'
import { chunkStep, job, JobOperator, MemoryJobRepository, type StepContext } from 'chunkwise'
import { isMain } from '../is-main.js'

interface Page {
  readonly orders: readonly string[]
  readonly next: number | undefined
}

/** Stands for a paged HTTP interface: three pages of two orders. */
async function fetchPage(day: string, page: number, signal: AbortSignal): Promise<Page> {
  await nextTurn(undefined, { signal })
  return { orders: [`${day}/${2 * page + 1}`, `${day}/${2 * page + 2}`], next: page < 2 ? page + 1 : undefined }
}

// Called once per step execution, with the job's parameters. After a restart the generator begins anew, and the engine
// drops as many items as were committed, so the source must give them in the same order.
async function* orders({ parameters, signal }: StepContext<{ day: string }>): AsyncGenerator<string> {
  for (let page: number | undefined = 0; page !== undefined;) {
    const answer: Page = await fetchPage(parameters.day, page, signal)
    yield* answer.orders
    page = answer.next
  }
}

/** Reads six orders through a generator; resolves with them as they were written, chunk by chunk. */
export async function main(): Promise<readonly (readonly string[])[]> {
  const chunks: (readonly string[])[] = []
  const importOrders = chunkStep('importOrders', {
    chunkSize: 4,
    reader: orders,
    writer: (items) => void chunks.push(items),
  })
  const importJob = job('importOrders', { parameters: { day: 'localDate' } })
    .start(importOrders)
    .build()
  await using operator = new JobOperator({ repository: new MemoryJobRepository() })
  const execution = await operator.run(importJob, { day: '2026-01-31' })
  execution.throwIfUnsuccessful()
  return chunks
}

if (isMain(import.meta.url)) console.log(await main())
