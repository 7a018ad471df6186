/** Makes the text of a value for one column; `null` for NULL. */
type ColumnEncoder = (value: unknown) => string | null

const BLOCK = 65_536
const NEEDS_ESCAPE = /[\\\n\r\t]/
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Items as the text format of COPY, which LOAD DATA reads as well, in blocks of about 64 KB. `values` has one array a column; column `c` is encoded by
 * `encoders[c]`.
 */
export function* copyText(
  values: readonly (readonly unknown[])[],
  encoders: readonly ColumnEncoder[],
): Generator<Uint8Array> {
  const count = values[0]?.length ?? 0
  let block = ''
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < encoders.length; c++) {
      if (c > 0) block += '\t'
      block += field((encoders[c] as ColumnEncoder)(values[c]?.[i]))
    }
    block += '\n'
    if (block.length >= BLOCK) {
      yield Buffer.from(block)
      block = ''
    }
  }
  if (block !== '') yield Buffer.from(block)
}

function field(text: string | null): string {
  if (text === null) return '\\N'
  return NEEDS_ESCAPE.test(text) ? text.replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] as string) : text
}
