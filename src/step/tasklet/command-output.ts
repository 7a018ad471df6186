import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** A line is cut behind so many characters. */
const LONGEST_LINE = 4_000

/** What becomes of the lines of a program. */
export interface CommandOutputOptions {
  /** How many of the last lines are kept. */
  readonly tail: number
  /** Told each line without its end. */
  readonly onLine: (stream: OutputStream, line: string) => void
}

/** One of the two streams that a program prints to. */
export type OutputStream = 'stdout' | 'stderr'

/** Takes a program's output apart into lines, of which it keeps the last; however much there is, it holds no more. */
export class CommandOutput {
  readonly #options: CommandOutputOptions
  readonly #tail: string[] = []
  #failure: { readonly error: unknown } | undefined

  constructor(options: CommandOutputOptions) {
    this.#options = options
  }

  /** The last lines, of both streams as they came. */
  get tail(): readonly string[] {
    return [...this.#tail]
  }

  /** Throws what `onLine` has thrown first: an error in the middle of a stream would end the process. */
  assertTold(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Reads a stream to its end. */
  read(stream: OutputStream, from: Readable): void {
    const lines = new Lines((line) => this.#take(stream, line))
    from.on('data', (bytes: Buffer) => lines.write(bytes))
    // One that was destroyed has no end: its last line counts all the same.
    from.once('close', () => lines.end())
    from.on('error', () => undefined)
  }

  #take(stream: OutputStream, line: string): void {
    const { tail, onLine } = this.#options
    this.#tail.push(line)
    if (this.#tail.length > tail) this.#tail.shift()
    try {
      onLine(stream, line)
    } catch (error) {
      this.#failure ??= { error }
    }
  }
}

/** Makes lines of bytes. */
class Lines {
  readonly #take: (line: string) => void
  readonly #decoder = new StringDecoder('utf8')
  #line = ''
  #cut = false

  constructor(take: (line: string) => void) {
    this.#take = take
  }

  write(bytes: Buffer): void {
    this.#add(this.#decoder.write(bytes))
  }

  end(): void {
    this.#add(this.#decoder.end())
    if (this.#line !== '') this.#give()
  }

  #add(text: string): void {
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#append(text.slice(from, end))
      this.#give()
      from = end + 1
    }
    this.#append(text.slice(from))
  }

  #append(part: string): void {
    const room = LONGEST_LINE - this.#line.length
    if (part.length > room) this.#cut = true
    this.#line += part.slice(0, room)
  }

  #give(): void {
    const line = this.#cut ? `${this.#line.replace(/[\uD800-\uDBFF]$/, '')}...` : this.#line.replace(/\r$/, '')
    this.#line = ''
    this.#cut = false
    this.#take(line)
  }
}
