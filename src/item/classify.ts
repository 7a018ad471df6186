import { BatchError } from '../domain/batch-error.js'
import type { OptionCheck } from '../domain/check-option.js'
import { quote } from '../support/quote.js'

/** A classifier has named a delegate that is not there. The item's own error: `skip` may name it. */
export class UnknownDelegateError extends BatchError {
  static readonly code = 'BATCH_UNKNOWN_DELEGATE'
  /** What the classifier gave. */
  readonly delegate: unknown
  /** The names there are. */
  readonly known: readonly string[]

  constructor(owner: string, delegate: unknown, known: readonly string[]) {
    super(
      `${owner}.classify gave ${quote(delegate)}, which is none of its delegates: ${known.map((name) => quote(name)).join(', ')}`,
    )
    this.delegate = delegate
    this.known = known
  }
}

/** Gives the delegates of a record by what a classifier says of an item. */
export class Delegates<D> {
  readonly #owner: string
  readonly #byName: ReadonlyMap<string, D>

  constructor(owner: string, byName: ReadonlyMap<string, D>) {
    this.#owner = owner
    this.#byName = byName
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()]
  }

  /** @throws UnknownDelegateError */
  of(name: unknown): D {
    const found = this.#byName.get(name as string)
    if (found === undefined) throw new UnknownDelegateError(this.#owner, name, this.names)
    return found
  }
}

/** Checks the options that classifiers share, and gives the record's entries, one or more. */
export function checkClassified<D>(
  check: OptionCheck,
  option: string,
  classify: unknown,
  record: Readonly<Record<string, D>>,
): readonly (readonly [string, D])[] {
  if (typeof classify !== 'function') check.fail('classify', classify, 'a function that gives the name of a delegate')
  if (typeof record !== 'object' || record === null || Array.isArray(record) || Object.keys(record).length === 0) {
    check.fail(option, record, 'an object with one delegate or more, by name')
  }
  return Object.entries(record)
}
