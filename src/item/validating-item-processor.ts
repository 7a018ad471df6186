import { BatchError } from '../domain/batch-error.js'
import { OptionCheck } from '../domain/check-option.js'
import { isThenable } from '../support/thenable.js'
import type { ItemContext } from './item-context.js'
import type { ItemProcessor } from './item-processor.js'

/** A schema of a validation library: version 1 of Standard Schema (https://standardschema.dev). It may answer later. */
export interface ItemSchema<I = unknown, O = I> {
  readonly '~standard': {
    readonly version: 1
    /** The library's name. */
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<O> | Promise<SchemaResult<O>>
    /** Never read: carries the types. */
    readonly types?: { readonly input: I; readonly output: O } | undefined
  }
}

/** What a schema answers: the value as it makes it, or what is wrong. */
export type SchemaResult<O> =
  | { readonly value: O; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** Something that a schema has against a value. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What is wrong with an item, and where. */
export interface ItemIssue {
  readonly message: string
  /** The keys that lead to the value, with dots: `address.zip`, `lines.3.sku`; empty for the item itself. */
  readonly path: string
}

/** An item is not what its schema says. The item's own error: `skip` may name it, and a dead letter has the item. */
export class ItemValidationError extends BatchError {
  static readonly code = 'BATCH_ITEM_INVALID'
  readonly issues: readonly ItemIssue[]

  constructor(issues: readonly ItemIssue[]) {
    const shown = issues.slice(0, MOST).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    const more = issues.length > MOST ? `; and ${issues.length - MOST} more` : ''
    super(`an item is not valid: ${shown.join('; ')}${more}`)
    this.issues = issues
  }
}

/** How many issues a message names. */
const MOST = 5

/** Options of {@link ValidatingItemProcessor}. */
export interface ValidatingItemProcessorOptions<I, O> {
  /** The schema: of Zod, Valibot, ArkType and others. */
  readonly schema: ItemSchema<I, O>
  /** What becomes of an item that is not valid: `'fail'`, the default, throws {@link ItemValidationError}; `'filter'` drops it, counted as filtered. */
  readonly onInvalid?: 'fail' | 'filter'
}

/**
 * Checks each item with a schema, and gives what the schema makes of it: defaults filled in, texts turned into numbers,
 * unknown keys left out, as the schema says.
 *
 * @example
 * ```ts
 * import { type ItemSchema, ValidatingItemProcessor } from 'chunkwise'
 *
 * interface User { readonly name: string }
 * export const valid = (schema: ItemSchema<unknown, User>) => new ValidatingItemProcessor({ schema, onInvalid: 'filter' })
 * ```
 */
export class ValidatingItemProcessor<I, O = I> implements ItemProcessor<I, O> {
  readonly #schema: ItemSchema<I, O>
  readonly #filters: boolean

  /** @throws InvalidOptionError */
  constructor(options: ValidatingItemProcessorOptions<I, O>) {
    const check = new OptionCheck('ValidatingItemProcessor')
    check.object(options, ['schema', 'onInvalid'])
    const { schema, onInvalid = 'fail' } = options
    checkItemSchema(check, schema)
    this.#schema = schema
    this.#filters = check.oneOf('onInvalid', onInvalid, ['fail', 'filter']) === 'filter'
  }

  process(item: I, _context: ItemContext): O | null | Promise<O | null> {
    const result = this.#schema['~standard'].validate(item)
    return isThenable(result)
      ? (result as Promise<SchemaResult<O>>).then((late) => this.#take(late))
      : this.#take(result)
  }

  #take(result: SchemaResult<O>): O | null {
    if (result.issues === undefined) return result.value
    if (this.#filters) return null
    throw new ItemValidationError(result.issues.map(({ message, path = [] }) => ({ message, path: pathText(path) })))
  }
}

/** Checks the option `schema`. */
export function checkItemSchema(check: OptionCheck, schema: unknown): void {
  if (typeof (schema as Partial<ItemSchema> | null | undefined)?.['~standard']?.validate === 'function') return
  check.fail('schema', schema, 'a Standard Schema, such as one of Zod, Valibot or ArkType')
}

function pathText(path: NonNullable<SchemaIssue['path']>): string {
  return path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
}
