import { InvalidOptionError } from '../domain/option-error.js'
import type { NoParameters, StepContext } from '../domain/step-context.js'
import type { ItemReader } from './item-reader.js'
import type { ItemProcessor } from './item-processor.js'
import type { ItemWriter } from './item-writer.js'
import type { ItemContext, WriteContext } from './item-context.js'

/** What can be read item by item: a reader, or anything that can be iterated. */
export type Readable<T> = ItemReader<T> | Iterable<T> | AsyncIterable<T>

/**
 * The `reader` of a chunk step. A function is a factory, never `read()` itself: it is called once per step execution,
 * with the step's context. What can be iterated again, such as an array, may be given as it is and restarts by count; a
 * generator object cannot: give the generator function.
 */
export type ReaderOption<T, P = NoParameters> =
  | ItemReader<T>
  | Iterable<T>
  | AsyncIterable<T>
  | ((context: StepContext<P>) => Readable<T> | Promise<Readable<T>>)

/** A plain function as `processor` is `process` itself. */
export type ProcessFunction<I, O, P = NoParameters> = (
  item: I,
  context: ItemContext<P>,
) => O | null | undefined | Promise<O | null | undefined>

/**
 * A plain function as `writer` is `write` itself; it counts as outside the transaction. What it returns is awaited and
 * otherwise ignored.
 */
export type WriteFunction<T, P = NoParameters> = (items: readonly T[], context: WriteContext<P>) => unknown

/** A processor or writer made anew for each step execution: see {@link stepScope}. */
export interface StepScoped<C, P = NoParameters> {
  readonly stepScope: (context: StepContext<P>) => C | Promise<C>
}

/** The `processor` of a chunk step. */
export type ProcessorOption<I, O, P = NoParameters> =
  | ProcessFunction<I, O, P>
  | ItemProcessor<I, O>
  | StepScoped<ItemProcessor<I, O> | ProcessFunction<I, O, P>, P>

/** The `writer` of a chunk step. */
export type WriterOption<T, P = NoParameters> =
  | WriteFunction<T, P>
  | ItemWriter<T>
  | StepScoped<ItemWriter<T> | WriteFunction<T, P>, P>

/**
 * Makes a processor or writer when the step execution begins, from its context: for one that needs the job's parameters
 * or holds a place of its own in its output, such as a file writer.
 *
 * @throws InvalidOptionError it is not a function
 */
export function stepScope<C, P = NoParameters>(factory: (context: StepContext<P>) => C | Promise<C>): StepScoped<C, P> {
  if (typeof factory !== 'function') {
    throw new InvalidOptionError('stepScope', factory, 'given a function that makes the processor or writer')
  }
  return { stepScope: factory }
}

/** The factory of a step-scoped component, or `undefined` when it is not one. */
export function stepScopeFactory(component: unknown): ((context: StepContext<never>) => unknown) | undefined {
  const factory = (component as Partial<StepScoped<unknown, never>> | null | undefined)?.stepScope
  return typeof factory === 'function' ? factory : undefined
}

/** Whether a value is a reader. */
export function isItemReader(value: unknown): value is ItemReader<unknown> {
  return typeof (value as Partial<ItemReader<unknown>> | null | undefined)?.read === 'function' && !isNodeStream(value)
}

/** Whether a value is an object that can be iterated; text is not, though its letters could be. */
export function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof value !== 'object' || value === null) return false
  return Symbol.iterator in value || Symbol.asyncIterator in value
}

/** Whether an iterable gives its items only once: a generator object, an iterator, a stream. */
export function isOneShot(iterable: Iterable<unknown> | AsyncIterable<unknown>): boolean {
  if (isNodeStream(iterable)) return true
  if (typeof (iterable as Partial<Iterator<unknown>>).next === 'function') return true
  return typeof (iterable as Partial<ReadableStream>).getReader === 'function'
}

function isNodeStream(value: unknown): boolean {
  return typeof (value as { pipe?: unknown } | null | undefined)?.pipe === 'function'
}
