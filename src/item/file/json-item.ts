import type { OptionCheck } from '../../domain/check-option.js'
import { isThenable } from '../../support/thenable.js'
import { checkItemSchema, type ItemSchema, ValidatingItemProcessor } from '../validating-item-processor.js'

/** Why a text is no item. */
export interface NoItem {
  readonly reason: string
  readonly cause?: unknown
  /** The character at which that was noticed, from 0. */
  readonly at: number
}

/** Makes an item of the text of a JSON value; `fail` is called with what is wrong, and throws. */
export type JsonItemMaker = (text: string, fail: (why: NoItem) => never) => unknown

/** Checks the option `schema`, and returns what makes items. `__proto__` is a property like any other. */
export function jsonItemMaker(check: OptionCheck, schema: ItemSchema<unknown> | undefined): JsonItemMaker {
  if (schema === undefined) return parseItem
  checkItemSchema(check, schema)
  const validation = new ValidatingItemProcessor({ schema })
  return (text, fail) => {
    const parsed = parseItem(text, fail)
    let item: unknown
    try {
      item = validation.process(parsed, undefined as never)
    } catch (cause) {
      return fail({ reason: (cause as Error).message, cause, at: 0 })
    }
    if (isThenable(item)) {
      Promise.resolve(item).catch(() => undefined)
      return fail({ reason: 'its schema answers later; use a ValidatingItemProcessor with it instead', at: 0 })
    }
    return item ?? fail({ reason: 'its schema makes nothing of it', at: 0 })
  }
}

const parseItem: JsonItemMaker = (text, fail) => {
  let item: unknown
  try {
    item = JSON.parse(text)
  } catch (cause) {
    const { message } = cause as Error
    const at = Number(/ at position (\d+)/.exec(message)?.[1] ?? 0)
    return fail({ reason: `it is not one JSON value (${message})`, cause, at })
  }
  return item ?? fail({ reason: 'null is no item: it would end the input', at: 0 })
}
