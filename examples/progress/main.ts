// Progress on a terminal, and as lines in a log: npx tsx examples/progress/main.ts
import { setTimeout as delay } from 'node:timers/promises'
import {
  chunkStep,
  job,
  JobOperator,
  MemoryJobRepository,
  progressBar,
  progressListener,
  type ProgressStream,
} from 'chunkwise'
import { isMain } from '../is-main.js'

/** Squares the odd ones of the numbers below 1,000, and shows on `stream` how far it is. */
export async function main(stream: ProgressStream = process.stdout): Promise<void> {
  const squares = chunkStep('squares', {
    chunkSize: 50,
    reader: Array.from({ length: 1_000 }, (_, index) => index),
    processor: (number) => (number % 2 === 1 ? number * number : null),
    writer: () => delay(20),
  })
  const shown = job('shown', {
    listeners: [progressListener(progressBar(stream, { items: 'numbers' }), { every: '50ms' })],
  })
    .start(squares)
    .build()
  await using operator = new JobOperator({ repository: new MemoryJobRepository() })
  const execution = await operator.run(shown)
  execution.throwIfUnsuccessful()
}

if (isMain(import.meta.url)) await main()
