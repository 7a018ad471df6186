import type { StepContext } from '../domain/step-context.js'
import { ReaderContractError } from './item-errors.js'
import type { ItemReader } from './item-reader.js'
import { isItemReader, isIterable, type ReaderOption } from './item-source.js'
import { IterableItemReader } from './iterable-item-reader.js'

/** The reader that an option stands for, in one step execution. */
export async function resolveReader<T>(
  option: ReaderOption<T, unknown>,
  context: StepContext<unknown>,
): Promise<ItemReader<T>> {
  const made: unknown = typeof option === 'function' ? await option(context) : option
  if (isItemReader(made)) return made as ItemReader<T>
  if (isIterable(made)) return new IterableItemReader(made as Iterable<T> | AsyncIterable<T>)
  throw new ReaderContractError(context.stepExecution.stepName, made, 'a reader or an iterable from its function')
}
