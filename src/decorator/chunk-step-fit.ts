import type { DoesNotFit } from '../domain/does-not-fit.js'
import type { ItemProcessor } from '../item/item-processor.js'
import type { ItemReader } from '../item/item-reader.js'
import type { ProcessFunction, WriteFunction } from '../item/item-source.js'
import type { ItemWriter } from '../item/item-writer.js'

type Method = (...args: never) => unknown

/** What an instance of a class with `@ChunkStep` has: a way to read, and a way to write. */
export type ChunkStepParts = ({ read: Method } | { reader: Method }) & ({ write: Method } | { writer: Method })

type Result<T, K extends string> = T extends { readonly [N in K]: (...args: never) => infer R } ? Awaited<R> : never

type Argument<T, K extends string> = T extends { readonly [N in K]: (item: infer A, ...rest: never) => unknown }
  ? A
  : unknown

/** What is read: by a generator, item by item, or by a reader that a method makes. */
type ItemsOf<T> = T extends { read: Method } ? ReadItem<Result<T, 'read'>> : MadeItem<Result<T, 'reader'>>

type ReadItem<R> = R extends AsyncGenerator<infer I> | Generator<infer I> ? I : Exclude<R, null>

type MadeItem<R> =
  R extends ItemReader<infer I> ? I : R extends AsyncIterable<infer I> | Iterable<infer I> ? I : unknown

/** What is written. */
type OutputOf<T> = T extends { process: Method }
  ? Exclude<Result<T, 'process'>, null | undefined>
  : T extends { processor: Method }
    ? ProcessedBy<Result<T, 'processor'>>
    : ItemsOf<T>

type ProcessedBy<P> =
  P extends ItemProcessor<never, infer O> ? O : P extends ProcessFunction<never, infer O, never> ? O : unknown

/** `unknown` when a class can read, process and write, and the items fit, else a sentence. */
export type FitsChunkStep<T> = T extends ChunkStepParts
  ? [ItemsOf<T>] extends [Argument<T, 'process'>]
    ? FitsWriter<T, OutputOf<T>>
    : DoesNotFit<'process does not take the items that are read: its first parameter is the item'>
  : DoesNotFit<'a class with @ChunkStep has a method read (or reader) and a method write (or writer)'>

type FitsWriter<T, O> = [readonly O[]] extends [Argument<T, 'write'>]
  ? T extends { writer: Method }
    ? [Result<T, 'writer'>] extends [ItemWriter<O> | WriteFunction<O, never>]
      ? unknown
      : DoesNotFit<'the writer does not take what is to be written'>
    : unknown
  : DoesNotFit<'write does not take what is to be written: its first parameter is an array of it'>
