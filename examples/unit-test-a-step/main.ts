// A step tested without a database: npx tsx examples/unit-test-a-step/main.ts
// `main` runs the checks with node:assert; under Vitest, Jest or node:test each function below is a test.
import assert from 'node:assert/strict'
import { MemoryJobRepository } from 'chunkwise'
import { ListItemReader, ListItemWriter, runStep } from 'chunkwise/testing'
import { isMain } from '../is-main.js'
import { type OrderLine, type Price, priceStep } from './price-step.js'

const pen: OrderLine = { article: 'pen', pieces: 3, cents: 120 }
const gift: OrderLine = { article: 'gift', pieces: 0, cents: 500 }
const ink: OrderLine = { article: 'ink', pieces: 1, cents: 900 }

async function emptyLinesAreFiltered(): Promise<void> {
  const writer = new ListItemWriter<Price>()
  const execution = await runStep(priceStep(new ListItemReader([pen, gift, ink]), writer))
  assert.equal(execution.status, 'COMPLETED')
  assert.deepEqual(writer.items, [
    { article: 'pen', total: 360 },
    { article: 'ink', total: 900 },
  ])
  assert.equal(execution.counts.filter, 1)
}

async function aRestartGoesOnAfterTheLastCommittedChunk(): Promise<void> {
  const repository = new MemoryJobRepository()
  const writer = new ListItemWriter<Price>()
  const bad: OrderLine = { article: 'ghost', pieces: 1, cents: -1 }
  const failed = await runStep(priceStep(new ListItemReader([pen, gift, bad, ink]), writer), { repository })
  assert.equal(failed.status, 'FAILED')
  assert.match(failed.exitStatus.exitDescription, /article ghost has a negative price/)

  const mended: OrderLine = { ...bad, cents: 1 }
  const restarted = await runStep(priceStep(new ListItemReader([pen, gift, mended, ink]), writer), { repository })
  assert.equal(restarted.counts.read, 2)
  assert.deepEqual(
    writer.items.map(({ article }) => article),
    ['pen', 'ghost', 'ink'],
  )
}

const tests = [emptyLinesAreFiltered, aRestartGoesOnAfterTheLastCommittedChunk]

/** Runs the tests; resolves with their names, or rejects with the first failure. */
export async function main(): Promise<readonly string[]> {
  for (const test of tests) await test()
  return tests.map(({ name }) => name)
}

if (isMain(import.meta.url)) console.log(await main())
