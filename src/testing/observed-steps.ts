import { ListItemWriter } from '../item/memory/list-item-writer.js'
import { InvalidOptionError } from '../domain/option-error.js'
import type { AnyChunkStepOptions } from '../step/chunk/chunk-options.js'
import { isSkipPolicy } from '../step/fault/skip-policy.js'
import type { Step } from '../step/step.js'
import { Collector } from './collected.js'

/** What a test changes in chunk steps. */
export interface Replacements {
  /** What a chunk step reads instead of its own reader, by its name. */
  readonly items: ReadonlyMap<string, Iterable<unknown>>
  /** Whether chunk steps write into lists instead of their own writers. */
  readonly collect: boolean
}

/** Makes steps anew so that they tell what they do, and read and write what a test wants. */
export class ObservedSteps {
  /** By the names of steps: of chunk steps, and of the steps that they are inside of. */
  readonly collected: Map<string, Collector> = new Map()
  readonly #given: Replacements
  readonly #replaced = new Set<string>()

  constructor(given: Replacements) {
    this.#given = given
  }

  /** The step, observed; one without chunks as it is. */
  observe(step: Step<never>): Step<never> {
    const change = (name: string, options: object): object => {
      const collectors = new Set([step.name, name].map((one) => this.collectorOf(one)))
      return this.#change(name, options as AnyChunkStepOptions, [...collectors])
    }
    return step.withChunks?.(change) ?? step
  }

  /** What is collected of a step. */
  collectorOf(name: string): Collector {
    const collector = this.collected.get(name) ?? new Collector()
    this.collected.set(name, collector)
    return collector
  }

  /** Throws when items were given for a step that is not there, or reads none. */
  assertAllReplaced(option: (name: string) => string): void {
    for (const [name, items] of this.#given.items) {
      if (this.#replaced.has(name)) continue
      throw new InvalidOptionError(option(name), items, 'left out: there is no chunk step of this name')
    }
  }

  #change(name: string, options: AnyChunkStepOptions, collectors: readonly Collector[]): AnyChunkStepOptions {
    const listeners = [...(options.listeners ?? []), ...collectors.map(({ listener }) => listener)]
    const items = this.#given.items.get(name)
    const read = items === undefined ? options : readFrom(items, options)
    if (items !== undefined) this.#replaced.add(name)
    return { ...(this.#given.collect ? collectFrom(read) : read), listeners }
  }
}

/** A list has no ranges: its chunks commit in the order in which they are read. */
function readFrom(items: Iterable<unknown>, options: AnyChunkStepOptions): AnyChunkStepOptions {
  return { ...options, reader: [...items], commitOrder: 'read' }
}

/** Without whatever leads to a database: the transactions are those of the repository. */
function collectFrom(options: AnyChunkStepOptions): AnyChunkStepOptions {
  const { transaction: _transaction, skip, ...others } = options
  const collected = { ...others, writer: new ListItemWriter<unknown>() }
  if (skip === undefined) return collected
  // A policy may be of a class, whose methods a copy would not have.
  if (isSkipPolicy(skip)) {
    return { ...collected, skip: { shouldSkip: (error, skipped) => skip.shouldSkip(error, skipped) } }
  }
  const { to: _letters, ...rest } = skip
  return { ...collected, skip: rest }
}
