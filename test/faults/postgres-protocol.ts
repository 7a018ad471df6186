import type { Answer, Protocol, Sent } from './protocol.js'

/** A connection to PostgreSQL: each simple query is a statement, and each Execute of a batch. */
export class PostgresProtocol implements Protocol {
  readonly #sent = new Messages(true)
  readonly #answers = new Messages(false)
  #text = ''

  get lastWords(): Buffer {
    return fatalError('57P01', 'terminating connection due to administrator command')
  }

  *sent(bytes: Buffer): Generator<Sent> {
    for (const message of this.#sent.of(bytes)) {
      const { type } = message
      if (type === 'P') this.#text = message.text(1)
      if (type === 'Q') this.#text = message.text(0)
      yield { bytes: message.bytes, statement: type === 'Q' || type === 'E' ? this.#text : undefined }
    }
  }

  *answered(bytes: Buffer): Generator<Answer> {
    for (const { type, bytes: whole } of this.#answers.of(bytes)) {
      yield { bytes: whole, pid: type === 'K' ? whole.readInt32BE(5) : undefined, ready: type === 'Z' }
    }
  }
}

interface Message {
  /** Its letter; empty for the first one of a connection, which has none. */
  readonly type: string
  readonly bytes: Buffer
  /** The n-th of the texts that it begins with, from 0. */
  readonly text: (index: number) => string
}

/** Cuts what comes out of a socket into messages. */
class Messages {
  #rest: Buffer = Buffer.alloc(0)
  /** The message that opens a connection has no letter. */
  #opening: boolean

  constructor(opening: boolean) {
    this.#opening = opening
  }

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

/** An ErrorResponse that is FATAL. */
function fatalError(code: string, text: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`)
  const head = Buffer.from('E\0\0\0\0')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}
