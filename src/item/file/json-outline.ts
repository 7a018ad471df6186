import type * as streamparser from '@streamparser/json'
import { MissingPackageError } from '../missing-package-error.js'

/** The package that reads what is around the array. */
export type JsonLibrary = typeof streamparser

/** Loads the package that only this reader needs. */
export async function loadJsonLibrary(owner: string): Promise<JsonLibrary> {
  try {
    return await import('@streamparser/json')
  } catch (cause) {
    throw new MissingPackageError(owner, '@streamparser/json', cause)
  }
}

/** How deep what is around the array may be nested. */
export const MAX_DEPTH = 1000

/** The document is not as it must be. Only for those who use an outline. */
export class BadOutline extends Error {}

interface Container {
  readonly isObject: boolean
  /** Whether the names that lead here are the first ones of the path. */
  readonly onPath: boolean
}

/**
 * Reads what is before the array at a path, or what is behind its elements, up to the next such array or the end. It
 * keeps nothing of it.
 */
export class JsonOutline {
  /** Whether the document has ended. */
  #isWhole = false
  readonly #path: readonly string[]
  /** The most bytes of a name or value. */
  readonly #limit: number
  readonly #token: JsonLibrary['TokenType']
  readonly #parser: streamparser.TokenParser
  readonly #tokenizer: InstanceType<JsonLibrary['Tokenizer']>
  readonly #containers: Container[] = []
  #name: string | undefined
  #previous: number | undefined
  /** Where the bytes that were written end, and the last token begins, as the tokenizer counts. */
  #written = 0
  #lastToken = 0
  #found = -1

  /** `isBehind`: what follows is behind an element of the array, or the bracket that opens it. */
  constructor(
    { Tokenizer, TokenParser, TokenType }: JsonLibrary,
    path: readonly string[],
    limit: number,
    isBehind: boolean,
  ) {
    this.#path = path
    this.#limit = limit
    this.#token = TokenType
    // A selector that nothing matches: values are dropped as they come.
    this.#parser = new TokenParser({ paths: ['$.\0.\0'], keepStack: false })
    this.#parser.onValue = () => undefined
    this.#parser.onEnd = () => (this.#isWhole = true)
    this.#tokenizer = new Tokenizer()
    this.#tokenizer.onToken = ({ token, value, offset }) => this.#take(token, value, offset)
    if (!isBehind) return
    // What leads to this place, in short.
    const prefix = Buffer.from(`${path.map((name) => `{${JSON.stringify(name)}:`).join('')}[`)
    this.write(prefix)
    this.#found = -1
    this.#written = prefix.length
  }

  /** Takes bytes. Returns the index in them behind the bracket that opens the array, or -1. Throws when it is no JSON. */
  write(bytes: Uint8Array): number {
    try {
      this.#tokenizer.write(bytes)
    } catch (error) {
      // What is behind the bracket is not for this parser.
      if (this.#found < 0) throw error
    }
    if (this.#found >= 0) return this.#found - this.#written
    this.#written += bytes.length
    this.#checkLength(this.#written)
    return -1
  }

  /** Says that nothing follows. Throws when the document is not whole. */
  end(): void {
    // A number at the end is known to be whole only now.
    this.#tokenizer.end()
    if (!this.#isWhole) throw new BadOutline('the file ends in the middle of the document')
  }

  #take(token: number, value: unknown, offset: number): void {
    if (this.#found >= 0) return
    this.#checkLength(offset)
    this.#lastToken = offset
    const isAtPath = this.#isAtPath(token)
    this.#parser.write({ token, value } as never)
    if (isAtPath && token !== this.#token.LEFT_BRACKET) throw new BadOutline('what is at the path is no array')
    if (isAtPath) this.#found = offset + 1
    this.#follow(token, value)
    this.#previous = token
  }

  #checkLength(end: number): void {
    if (end - this.#lastToken <= this.#limit) return
    throw new BadOutline(`a name or value has more than ${this.#limit} bytes, which is maxRecordBytes`)
  }

  /** Whether a value begins here that the path leads to. */
  #isAtPath(token: number): boolean {
    const depth = this.#containers.length
    if (depth !== this.#path.length || !this.#isValue(token)) return false
    const parent = this.#containers.at(-1)
    if (parent === undefined) return true
    return parent.isObject && parent.onPath && this.#name === this.#path[depth - 1]
  }

  #isValue(token: number): boolean {
    const { COLON, COMMA, RIGHT_BRACE, RIGHT_BRACKET } = this.#token
    if (token === COLON || token === COMMA || token === RIGHT_BRACE || token === RIGHT_BRACKET) return false
    return this.#containers.at(-1)?.isObject !== true || this.#previous === COLON
  }

  #follow(token: number, value: unknown): void {
    const { LEFT_BRACE, LEFT_BRACKET, RIGHT_BRACE, RIGHT_BRACKET, STRING, COLON } = this.#token
    const parent = this.#containers.at(-1)
    if (token === LEFT_BRACE || token === LEFT_BRACKET) {
      const isNamed = parent?.isObject === true && this.#name === this.#path[this.#containers.length - 1]
      const onPath = parent === undefined || (parent.onPath && isNamed)
      if (this.#containers.length === MAX_DEPTH) throw new BadOutline(`it is nested deeper than ${MAX_DEPTH}`)
      this.#containers.push({ isObject: token === LEFT_BRACE, onPath })
    } else if (token === RIGHT_BRACE || token === RIGHT_BRACKET) this.#containers.pop()
    else if (token === STRING && parent?.isObject === true && this.#previous !== COLON) this.#name = value as string
  }
}
