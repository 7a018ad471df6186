import { InvalidOptionError } from '../../domain/option-error.js'
import type { StepContext } from '../../domain/step-context.js'
import { ReaderContractError, StreamInUseError } from '../../item/item-errors.js'
import type { ItemProcessor } from '../../item/item-processor.js'
import type { ItemReader } from '../../item/item-reader.js'
import { isItemReader, isIterable, type ReaderOption, stepScopeFactory } from '../../item/item-source.js'
import { assertWholeStream, isItemStream, type ItemStream } from '../../item/item-stream.js'
import type { ItemWriter } from '../../item/item-writer.js'
import { IterableItemReader } from '../../item/iterable-item-reader.js'
import type { Timer } from '../../support/clock.js'
import type { StepRuntime } from '../step.js'
import type { AnyChunkStepOptions } from './chunk-options.js'
import type { Place } from './positions.js'

type ProcessorPart = ItemProcessor<unknown, unknown>

/** Reader, processor and writer of one step execution. */
export interface ChunkParts {
  readonly reader: ItemReader<unknown>
  readonly processor: ProcessorPart | undefined
  readonly writer: ItemWriter<unknown>
}

/** How long a stream may take to close once nobody waits for it any more, in milliseconds. */
const PATIENCE = 2_000

// Instances that are open now, in any step execution of this process.
const open = new WeakSet<object>()

/** Makes or takes the parts of a step execution. */
export async function resolveParts(options: AnyChunkStepOptions, context: StepContext<unknown>): Promise<ChunkParts> {
  return {
    reader: await resolveReader(options.reader, context),
    processor:
      options.processor && (await resolveComponent<ProcessorPart>('processor', options.processor, 'process', context)),
    writer: await resolveComponent<ItemWriter<unknown>>('writer', options.writer, 'write', context),
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
  const { reader, writer } = parts
  const { context, stepExecution } = runtime
  assertWholeStream(stepExecution.stepName, 'reader', reader)
  assertWholeStream(stepExecution.stepName, 'writer', writer)
  const opening = openReader ?? (() => isItemStream(reader) && reader.open(place.reader, context))
  return withOpenStream(reader, 'reader', opening, runtime, () =>
    withOpenStream(writer, 'writer', () => isItemStream(writer) && writer.open(place.writer, context), runtime, work),
  )
}

async function withOpenStream<T>(
  instance: object,
  part: 'reader' | 'writer',
  openStream: () => unknown,
  runtime: StepRuntime,
  work: () => Promise<T>,
): Promise<T> {
  if (!isItemStream(instance)) return work()
  if (open.has(instance)) throw new StreamInUseError(runtime.stepExecution.stepName, part)
  open.add(instance)
  try {
    const result = await openFor(instance, part, openStream, runtime, work)
    // What a writer does last, such as a footer, is part of the output: its failure fails the step.
    await runtime.deadline.race(instance.close())
    return result
  } finally {
    open.delete(instance)
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
    return await work()
  } catch (error) {
    // What opens too late has to be closed again.
    if (deadline.passed) void closeAfter(opening, stream, part, runtime)
    await closeInTime(stream, part, runtime)
    throw error
  }
}

/** Closes a stream after an error; once the deadline has passed it does not wait for long. */
async function closeInTime(stream: ItemStream, part: string, { context, clock, deadline }: StepRuntime): Promise<void> {
  let timer: Timer | undefined
  let unsubscribe: (() => void) | undefined
  const patience = new Promise<void>((resolve) => {
    unsubscribe = deadline.onPassed(() => (timer = clock.after(PATIENCE, resolve, { keepAlive: true })))
  })
  await Promise.race([closeQuietly(stream, part, context), patience])
  unsubscribe?.()
  timer?.cancel()
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

async function resolveReader(
  option: ReaderOption<unknown, unknown>,
  context: StepContext<unknown>,
): Promise<ItemReader<unknown>> {
  const made: unknown = typeof option === 'function' ? await option(context) : option
  if (isItemReader(made)) return made
  if (isIterable(made)) return new IterableItemReader(made)
  throw new ReaderContractError(context.stepExecution.stepName, made, 'a reader or an iterable from its function')
}

async function resolveComponent<C extends object>(
  part: 'processor' | 'writer',
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
