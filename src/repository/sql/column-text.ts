import type { ExecutionContext } from '../../domain/execution-context.js'
import { storableText } from '../../domain/storable-text.js'
import { serializeContext } from '../../domain/context-json.js'

/** Characters of EXIT_CODE and EXIT_MESSAGE. Databases count code points. */
const EXIT_LENGTH = 2500
const SHORT_CONTEXT_LENGTH = 2500
/** What Spring Batch keeps of a longer context, before ` ...`. */
const SHORTENED_LENGTH = 2492

/** A text as a column of `limit` code points can hold it: cut at the end, and U+FFFD for what no database stores. */
export function fitText(text: string, limit: number = EXIT_LENGTH): string {
  const storable = storableText(text)
  if (storable.length <= limit) return storable
  let units = 0
  for (let points = 0; points < limit && units < storable.length; points++) {
    units += (storable.codePointAt(units) ?? 0) > 0xffff ? 2 : 1
  }
  return storable.slice(0, units)
}

/** A context in its two columns: SERIALIZED_CONTEXT is null where SHORT_CONTEXT has it all. */
export interface ContextColumns {
  readonly short: string
  readonly serialized: string | null
}

/** A context as it is stored. Lengths are those of Java's strings, UTF-16 units. */
export function contextColumns(context: ExecutionContext): ContextColumns {
  const text = serializeContext(context)
  if (text.length <= SHORT_CONTEXT_LENGTH) return { short: text, serialized: null }
  const start = text.slice(0, SHORTENED_LENGTH).replace(/[\uD800-\uDBFF]$/, '')
  return { short: `${start} ...`, serialized: text }
}
