import { InvalidOptionError } from '../../domain/option-error.js'
import type { StepContext } from '../../domain/step-context.js'
import type { StreamPart } from '../../item/item-errors.js'
import type { ItemProcessor } from '../../item/item-processor.js'
import type { ItemReader } from '../../item/item-reader.js'
import { stepScopeFactory } from '../../item/item-source.js'
import { assertWholeStream, isItemStream, type ItemStream } from '../../item/item-stream.js'
import type { ItemWriter } from '../../item/item-writer.js'
import { claimStream, releaseStream } from '../../item/open-streams.js'
import { resolveReader } from '../../item/resolve-reader.js'
import type { Json } from '../../support/json.js'
import type { DeadLetter } from '../fault/dead-letter.js'
import { waitPatiently } from '../patience.js'
import { assertStillOwned } from '../still-owned.js'
import type { StepRuntime } from '../step.js'
import type { AnyChunkStepOptions } from './chunk-options.js'
import type { Place } from './positions.js'

type ProcessorPart = ItemProcessor<unknown, unknown>

/** Reader, processor and writer of one step execution. */
export interface ChunkParts {
  readonly reader: ItemReader<unknown>
  readonly processor: ProcessorPart | undefined
  readonly writer: ItemWriter<unknown>
  /** Where what is skipped goes, if anywhere. */
  readonly deadLetters: ItemWriter<DeadLetter> | undefined
}

/** Makes or takes the parts of a step execution. */
export async function resolveParts(options: AnyChunkStepOptions, context: StepContext<unknown>): Promise<ChunkParts> {
  return {
    reader: await resolveReader(options.reader, context),
    processor:
      options.processor && (await resolveComponent<ProcessorPart>('processor', options.processor, 'process', context)),
    writer: await resolveComponent<ItemWriter<unknown>>('writer', options.writer, 'write', context),
    deadLetters:
      options.skip?.to &&
      (await resolveComponent<ItemWriter<DeadLetter>>('skip.to', options.skip.to, 'write', context)),
  }
}

/**
 * Opens the streams among the parts, runs `work`, and closes them, last opened first. The reader is opened by `openReader`
 * where that is given.
 */
export async function withOpenParts<T>(
  parts: ChunkParts,
  place: Place,
  runtime: StepRuntime,
  work: () => Promise<T>,
  openReader?: () => void | Promise<void>,
): Promise<T> {
  const { reader, writer, deadLetters } = parts
  const streams: OpenedPart[] = [
    { part: 'reader', instance: reader, position: place.reader, open: openReader },
    { part: 'writer', instance: writer, position: place.writer },
  ]
  if (deadLetters !== undefined) {
    streams.push({ part: 'skip.to', instance: deadLetters, position: place.deadLetters })
  }
  for (const { part, instance } of streams) assertWholeStream(runtime.stepExecution.stepName, part, instance)
  return streams.reduceRight((inner, stream) => () => withOpenStream(stream, runtime, inner), work)()
}

/** A part of the step, which may be a stream. */
interface OpenedPart {
  readonly part: StreamPart
  readonly instance: object
  readonly position: Json | undefined
  /** Instead of the stream's own `open`. */
  readonly open?: (() => void | Promise<void>) | undefined
}

async function withOpenStream<T>(
  { instance, part, position, open: openStream }: OpenedPart,
  runtime: StepRuntime,
  work: () => Promise<T>,
): Promise<T> {
  if (!isItemStream(instance)) return work()
  claimStream(instance, runtime.stepExecution.stepName, part)
  try {
    const result = await openFor(
      instance,
      part,
      openStream ?? (() => instance.open(position, runtime.context)),
      runtime,
      work,
    )
    // What a writer does last is part of the output: its failure fails the step.
    await runtime.deadline.race(instance.close())
    return result
  } finally {
    releaseStream(instance)
  }
}

async function openFor<T>(
  stream: ItemStream,
  part: string,
  openStream: () => unknown,
  runtime: StepRuntime,
  work: () => Promise<T>,
): Promise<T> {
  const { deadline } = runtime
  let opening: unknown
  try {
    opening = openStream()
    await deadline.race(opening)
    const result = await work()
    await complete(stream, runtime)
    return result
  } catch (error) {
    // What opens too late has to be closed again.
    if (deadline.passed) void closeAfter(opening, stream, part, runtime)
    await closeInTime(stream, part, runtime)
    throw error
  }
}

/** What makes an output seen, such as a rename, is for the owner alone: it is asked once more whether it is this one. */
async function complete(stream: ItemStream, runtime: StepRuntime): Promise<void> {
  if (stream.complete === undefined) return
  await assertStillOwned(runtime)
  await runtime.deadline.race(stream.complete())
}

/** Closes a stream after an error; once the deadline has passed it does not wait for long. */
async function closeInTime(stream: ItemStream, part: string, runtime: StepRuntime): Promise<void> {
  await waitPatiently(closeQuietly(stream, part, runtime.context), runtime)
}

async function closeAfter(opening: unknown, stream: ItemStream, part: string, runtime: StepRuntime): Promise<void> {
  try {
    await opening
  } catch {
    return
  }
  await closeQuietly(stream, part, runtime.context)
}

async function closeQuietly(stream: ItemStream, part: string, context: StepContext<unknown>): Promise<void> {
  try {
    await stream.close()
  } catch (error) {
    context.logger.warn({ error, step: context.stepExecution.stepName }, `the ${part} failed to close after an error`)
  }
}

async function resolveComponent<C extends object>(
  part: 'processor' | 'writer' | 'skip.to',
  option: unknown,
  method: keyof C & string,
  context: StepContext<unknown>,
): Promise<C> {
  const factory = stepScopeFactory(option) as ((context: StepContext<unknown>) => unknown) | undefined
  const made = factory === undefined ? option : await factory(context)
  if (typeof made === 'function') return { [method]: made } as unknown as C
  if (typeof (made as Record<string, unknown> | null | undefined)?.[method] === 'function') return made as C
  const owner = `chunkStep(${JSON.stringify(context.stepExecution.stepName)})`
  throw new InvalidOptionError(
    `${owner}.${part}`,
    made,
    `an object with \`${method}\`, or a function, from stepScope(…)`,
  )
}
