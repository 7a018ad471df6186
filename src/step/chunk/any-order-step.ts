import { InvalidOptionError } from '../../domain/option-error.js'
import { isItemStream } from '../../item/item-stream.js'
import { isRangedItemReader, type RangedItemReader } from '../../item/ranged-item-reader.js'
import type { ItemListener } from '../../listener/step-listener.js'
import { LedgerOpenError } from '../../repository/ledger-errors.js'
import { earlierReads } from '../earlier-reads.js'
import type { StepRuntime } from '../step.js'
import { AnyOrderLoop } from './any-order-loop.js'
import { NO_RANGES, ONE_POSITION } from './any-order-rules.js'
import type { MakeCheckpoint } from './checkpoint.js'
import { type ChunkParts, withOpenParts } from './chunk-parts.js'
import type { ChunkWorkOptions } from './chunk-work.js'
import type { Place } from './positions.js'
import { RangeSource } from './range-source.js'
import { StepLedger } from './step-ledger.js'

/** A step that commits in any order, about to run. */
export interface AnyOrderRun {
  readonly parts: ChunkParts
  readonly place: Place
  readonly chunkSize: number
  readonly listeners: readonly ItemListener[]
  readonly work: (makeCheckpoint: MakeCheckpoint) => ChunkWorkOptions
}

/** Runs a step whose chunks commit side by side: exactly the gaps that the ledger leaves, to the end of the input. */
export async function runAnyOrder(runtime: StepRuntime, run: AnyOrderRun): Promise<void> {
  const { parts, place, chunkSize, listeners } = run
  const { context, deadline } = runtime
  const reader = rangedReader(context.stepExecution.stepName, parts)
  const ledger = await StepLedger.open(runtime, place)
  const { gaps } = ledger
  const source = new RangeSource({ reader, gaps, chunkSize, context, deadline, listeners })
  const loop = new AnyOrderLoop(runtime, { ...run.work(ledger.makeCheckpoint), source, ledger })
  try {
    await withOpenParts(
      parts,
      place,
      runtime,
      async () => {
        const { progress } = runtime
        if (progress !== undefined) {
          const input = { reader, earlier: await earlierReads(runtime), position: undefined, inOrder: false }
          await deadline.race(progress.beginReading(input))
        }
        await loop.run()
      },
      () => reader.openRanges(gaps, context),
    )
    await ledger.complete()
  } catch (error) {
    await ledger.settle()
    throw error
  }
}

/** Throws `LedgerOpenError` if the step has gaps that a step in read order does not know of. */
export async function refuseOpenLedger({ repository, stepExecution }: StepRuntime, place: Place): Promise<void> {
  const { jobInstanceId, stepName } = stepExecution
  if (place.anyOrder && (await repository.hasRanges(jobInstanceId, stepName))) throw new LedgerOpenError(stepName)
}

function rangedReader(stepName: string, { reader, writer, deadLetters }: ChunkParts): RangedItemReader<unknown> {
  const option = `chunkStep(${JSON.stringify(stepName)}).commitOrder`
  if (!isRangedItemReader(reader)) throw new InvalidOptionError(option, 'any', NO_RANGES)
  if (isItemStream(writer) || isItemStream(deadLetters)) throw new InvalidOptionError(option, 'any', ONE_POSITION)
  return reader
}
