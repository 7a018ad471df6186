// A step tested without a database: npx tsx examples/unit-test-a-step/main.ts
// `main` runs the checks with node:assert; under Vitest, Jest or node:test each function below is a test.
import assert from 'node:assert/strict'
import type { ItemStep } from 'chunkwise'
import { ListItemReader, ListItemWriter, restartAnywhere, runStep } from 'chunkwise/testing'
import { isMain } from '../is-main.js'
import { type OrderLine, type Price, priceStep } from './price-step.js'

const pen: OrderLine = { article: 'pen', pieces: 3, cents: 120 }
const gift: OrderLine = { article: 'gift', pieces: 0, cents: 500 }
const ink: OrderLine = { article: 'ink', pieces: 1, cents: 900 }

/** The step as the service makes it, but that its database is a list. */
const step = (lines: readonly OrderLine[] = [], writer = new ListItemWriter<Price>()): ItemStep<OrderLine, Price> =>
  priceStep(new ListItemReader(lines), writer)

async function emptyLinesAreFiltered(): Promise<void> {
  const run = await runStep(step(), { items: [pen, gift, ink] })
  assert.equal(run.status, 'COMPLETED')
  assert.deepEqual(run.written, [
    { article: 'pen', total: 360 },
    { article: 'ink', total: 900 },
  ])
  assert.equal(run.counts.filter, 1)
}

async function aBadLineFailsTheStepAndKeepsWhatWasCommitted(): Promise<void> {
  const bad: OrderLine = { article: 'ghost', pieces: 1, cents: -1 }
  const run = await runStep(step(), { items: [pen, gift, bad, ink] })
  assert.equal(run.status, 'FAILED')
  assert.match(run.exitStatus.exitDescription, /article ghost has a negative price/)
  assert.deepEqual(run.written, [{ article: 'pen', total: 360 }])
  assert.equal(run.checkpoints.length, 1)
}

async function aKilledProcessLosesAndDoublesNothing(): Promise<void> {
  let target = new ListItemWriter<Price>()
  const proof = await restartAnywhere({
    step: () => step([pen, gift, ink, pen, ink], target),
    written: () => target.items,
    prepare: () => (target = new ListItemWriter()),
  })
  assert.equal(proof.restarts, 7)
}

const tests = [
  emptyLinesAreFiltered,
  aBadLineFailsTheStepAndKeepsWhatWasCommitted,
  aKilledProcessLosesAndDoublesNothing,
]

/** Runs the tests; resolves with their names, or rejects with the first failure. */
export async function main(): Promise<readonly string[]> {
  for (const test of tests) await test()
  return tests.map(({ name }) => name)
}

if (isMain(import.meta.url)) console.log(await main())
