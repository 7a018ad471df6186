import type { Answer, Protocol, Sent } from './protocol.js'

// Commands.
const QUIT = 0x01
const QUERY = 0x03
const PREPARE = 0x16
const EXECUTE = 0x17
const LONG_DATA = 0x18
const CLOSE = 0x19
const UNANSWERED: ReadonlySet<number> = new Set([QUIT, LONG_DATA, CLOSE])

// What a packet of the server begins with.
const OK = 0x00
const FILE_WANTED = 0xfb
const EOF = 0xfe
const ERR = 0xff

const MORE_RESULTS = 0x0008
const QUERY_ATTRIBUTES = 0x0800_0000
/** Length and number. */
const HEAD = 4

/** What comes next from the server. */
type Awaited = 'greeting' | 'login' | 'nothing' | 'header' | 'definitions' | 'rows' | 'end of file'

/**
 * A connection to MySQL or MariaDB, as `mysql2` speaks it: without TLS, compression, packets of 16 MB or more, and with an EOF
 * behind the columns of a result. Each query is a statement, and each Execute of what was prepared.
 */
export class MysqlProtocol implements Protocol {
  readonly #sent = new Packets()
  readonly #answers = new Packets()
  readonly #prepared = new Map<number, string>()
  #awaited: Awaited = 'greeting'
  #command = 0
  #text = ''
  /** How many lists of definitions, each ended by an EOF, come before the rows, or before the end. */
  #lists = 0
  #capabilities = 0

  get lastWords(): Buffer {
    return errorPacket(1053, '08S01', 'Server shutdown in progress')
  }

  *sent(bytes: Buffer): Generator<Sent> {
    for (const packet of this.#sent.of(bytes)) yield { bytes: packet, statement: this.#statement(packet) }
  }

  *answered(bytes: Buffer): Generator<Answer> {
    for (const packet of this.#answers.of(bytes)) {
      // Who is refused at once is not greeted.
      const pid = this.#awaited === 'greeting' && packet[HEAD] !== ERR ? this.#greeted(packet) : undefined
      if (pid === undefined) this.#next(packet)
      yield { bytes: packet, pid, ready: this.#awaited === 'nothing' }
    }
  }

  #statement(packet: Buffer): string | undefined {
    // The first packet says what both sides can; what else comes in between is no command.
    if (this.#awaited === 'login' && packet[3] === 1) this.#capabilities &= packet.readInt32LE(HEAD)
    if (this.#awaited !== 'nothing' || packet[3] !== 0) return undefined
    const command = packet[HEAD] ?? 0
    if (UNANSWERED.has(command)) return undefined
    this.#command = command
    this.#awaited = 'header'
    if (command === QUERY || command === PREPARE)
      this.#text = packet.toString('utf8', HEAD + 1 + this.#skipped(command))
    if (command === EXECUTE) this.#text = this.#prepared.get(packet.readUInt32LE(HEAD + 1)) ?? ''
    return command === QUERY || command === EXECUTE ? this.#text : undefined
  }

  /** How many attributes a query has, and how many sets of them, stand before its text. */
  #skipped(command: number): number {
    return command === QUERY && (this.#capabilities & QUERY_ATTRIBUTES) !== 0 ? 2 : 0
  }

  #greeted(packet: Buffer): number {
    // Behind the version: the connection's number, 8 bytes to scramble with, one that is empty.
    const number = packet.indexOf(0, HEAD + 1) + 1
    const low = number + 13
    this.#capabilities = packet.readUInt16LE(low) | (packet.readUInt16LE(low + 5) << 16)
    this.#awaited = 'login'
    return packet.readUInt32LE(number)
  }

  #next(packet: Buffer): void {
    const first = packet[HEAD] ?? 0
    if (first === ERR) this.#awaited = 'nothing'
    else if (this.#awaited === 'login') this.#awaited = first === OK ? 'nothing' : 'login'
    else if (this.#awaited === 'header') this.#header(packet, first)
    else if (this.#awaited === 'end of file') this.#ended(statusOf(packet))
    else if (first === EOF && packet.length < HEAD + 9) this.#listed(packet.readUInt16LE(HEAD + 3))
  }

  #header(packet: Buffer, first: number): void {
    if (first === FILE_WANTED) this.#awaited = 'end of file'
    else if (first !== OK) this.#expect(1)
    else if (this.#command !== PREPARE) this.#ended(statusOf(packet))
    else {
      this.#prepared.set(packet.readUInt32LE(HEAD + 1), this.#text)
      const [columns, parameters] = [packet.readUInt16LE(HEAD + 5), packet.readUInt16LE(HEAD + 7)]
      this.#expect(Number(columns > 0) + Number(parameters > 0))
    }
  }

  #expect(lists: number): void {
    this.#lists = lists
    this.#awaited = lists === 0 ? 'nothing' : 'definitions'
  }

  #listed(status: number): void {
    if (this.#awaited === 'rows') return this.#ended(status)
    this.#lists--
    if (this.#lists === 0) this.#awaited = this.#command === PREPARE ? 'nothing' : 'rows'
  }

  #ended(status: number): void {
    this.#awaited = (status & MORE_RESULTS) === 0 ? 'nothing' : 'header'
  }
}

/** Cuts what comes out of a socket into packets. */
class Packets {
  #rest: Buffer = Buffer.alloc(0)

  of(bytes: Buffer): readonly Buffer[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const packets: Buffer[] = []
    while (this.#rest.length >= HEAD) {
      const size = HEAD + this.#rest.readUIntLE(0, 3)
      if (this.#rest.length < size) break
      packets.push(this.#rest.subarray(0, size))
      this.#rest = this.#rest.subarray(size)
    }
    return packets
  }
}

/** The status of an OK: behind two numbers of a length that their first byte says. */
function statusOf(packet: Buffer): number {
  let at = HEAD + 1
  for (let number = 0; number < 2; number++) at += SIZES[packet[at] ?? 0] ?? 1
  return packet.readUInt16LE(at)
}

const SIZES: Readonly<Record<number, number>> = { 0xfc: 3, 0xfd: 4, 0xfe: 9 }

function errorPacket(number: number, state: string, text: string): Buffer {
  const body = Buffer.from(`\0\0\0#${state}${text}`)
  body[0] = ERR
  body.writeUInt16LE(number, 1)
  const head = Buffer.alloc(HEAD)
  head.writeUIntLE(body.length, 0, 3)
  return Buffer.concat([head, body])
}
