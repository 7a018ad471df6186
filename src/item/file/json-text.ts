import type { OptionCheck } from '../../domain/check-option.js'
import { FileValueError } from './record-errors.js'

/** Changes values on their way to JSON, as `JSON.stringify` has it: it is told a key and a value, and gives the value. */
export type JsonReplacer = (key: string, value: unknown) => unknown

/** Checks the option `replacer`, and returns what makes the JSON of an item. */
export function jsonText(
  check: OptionCheck,
  owner: string,
  replacer: JsonReplacer | undefined,
): (item: unknown) => string {
  if (replacer !== undefined && typeof replacer !== 'function') {
    check.fail('replacer', replacer, 'a function of a key and a value')
  }
  return (item) => {
    let text: string | undefined
    try {
      text = JSON.stringify(item, replacer)
    } catch (cause) {
      const remedy = 'a `replacer` can turn values that JSON does not have into others'
      throw new FileValueError(owner, item, '', `${(cause as Error).message}; ${remedy}`, { cause })
    }
    if (text !== undefined && text !== 'null') return text
    throw new FileValueError(owner, item, '', `its JSON is ${text ?? 'nothing'}, which no reader takes for an item`)
  }
}
