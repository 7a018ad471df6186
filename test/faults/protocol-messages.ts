/** A message of the PostgreSQL protocol. */
export interface Message {
  /** Its letter; empty for the first one of a connection, which has none. */
  readonly type: string
  readonly bytes: Buffer
  /** The n-th of the texts that it begins with, from 0. */
  readonly text: (index: number) => string
}

/** Cuts what comes out of a socket into messages. */
export class Messages {
  #rest: Buffer = Buffer.alloc(0)
  /** The message that opens a connection has no letter. */
  #opening: boolean

  constructor(opening: boolean) {
    this.#opening = opening
  }

  /** The messages that are complete with these bytes. */
  *of(bytes: Buffer): Generator<Message> {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    for (;;) {
      const letter = this.#opening ? 0 : 1
      if (this.#rest.length < letter + 4) return
      const size = letter + this.#rest.readInt32BE(letter)
      if (this.#rest.length < size) return
      const whole = this.#rest.subarray(0, size)
      this.#rest = this.#rest.subarray(size)
      const type = this.#opening ? '' : whole.toString('latin1', 0, 1)
      this.#opening = false
      yield { type, bytes: whole, text: (index) => whole.toString('utf8', 5).split('\0')[index] ?? '' }
    }
  }
}

/** What a server says before it closes a connection that it ends: an ErrorResponse that is FATAL. */
export function fatalError(code: string, text: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`)
  const head = Buffer.from('E\0\0\0\0')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}
