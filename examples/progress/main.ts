// Progress from a chunk listener: npx tsx examples/progress/main.ts
import { type ChunkListener, chunkStep, job, JobOperator, MemoryJobRepository } from 'chunkwise'
import { isMain } from '../is-main.js'

/** Tells `print` after each committed chunk how far the step is. `counts` has the chunk already. */
function progress(total: number, print: (line: string) => void): ChunkListener {
  return {
    afterChunk: ({ counts }, { stepExecution }) => {
      const percent = Math.floor((100 * counts.read) / total)
      print(`${stepExecution.stepName}: ${counts.read} of ${total} read, ${counts.write} written (${percent} %)`)
    },
  }
}

/** Squares the odd ones of the numbers below 1,000; resolves with the lines that were printed. */
export async function main(): Promise<readonly string[]> {
  const lines: string[] = []
  const print = (line: string): void => {
    lines.push(line)
    console.log(line)
  }
  const squares = chunkStep('squares', {
    chunkSize: 250,
    reader: Array.from({ length: 1_000 }, (_, index) => index),
    processor: (number) => (number % 2 === 1 ? number * number : null),
    writer: () => {},
    listeners: [progress(1_000, print)],
  })
  await using operator = new JobOperator({ repository: new MemoryJobRepository() })
  const execution = await operator.run(job('squares').start(squares).build())
  execution.throwIfUnsuccessful()
  return lines
}

if (isMain(import.meta.url)) await main()
