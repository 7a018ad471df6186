const QUOTE = 34
const COMMA = 44
const BACKSLASH = 92

/** Finds where the elements of a JSON array end, in bytes that come in blocks. It does not look at what they are. */
export class JsonElementScanner {
  #depth = 0
  #isInText = false
  #isEscaped = false

  /** The index, from `at` on, of the comma or bracket behind the element, or -1 when the bytes do not have it. */
  find(bytes: Uint8Array, at: number): number {
    let depth = this.#depth
    for (let index = at; index < bytes.length; index++) {
      if (this.#isInText) {
        index = this.#endOfText(bytes, index)
        continue
      }
      const byte = bytes[index] as number
      if (byte === QUOTE) this.#isInText = true
      else if (byte === COMMA && depth === 0) return index
      // The two kinds of brackets differ from lower case in one bit: [ and {, ] and }.
      else if ((byte | 32) === 123) depth++
      else if ((byte | 32) === 125) {
        if (depth > 0) depth--
        else if (byte === 93) return index
      }
    }
    this.#depth = depth
    return -1
  }

  /** Says that another element begins. */
  reset(): void {
    this.#depth = 0
    this.#isInText = false
    this.#isEscaped = false
  }

  /** The index of the quote that ends the text, or of the last byte. */
  #endOfText(bytes: Uint8Array, from: number): number {
    let isEscaped = this.#isEscaped
    let index = from
    for (; index < bytes.length; index++) {
      const byte = bytes[index]
      if (isEscaped) isEscaped = false
      else if (byte === BACKSLASH) isEscaped = true
      else if (byte === QUOTE) {
        this.#isInText = false
        break
      }
    }
    this.#isEscaped = isEscaped
    return index
  }
}
