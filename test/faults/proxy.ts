import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { fatalError, type Message, Messages } from './protocol-messages.js'

/** A statement on its way to the server. */
export interface Statement {
  /** From 1, over all connections, since the last `reset`. */
  readonly number: number
  readonly text: string
  readonly link: Link
}

/**
 * What becomes of a statement. `'pass'`: it goes on. `'hold'`: neither it nor anything after it on this connection
 * goes on. `'swallow'`: it goes on, but no answer of the server comes back from here on.
 */
export type Verdict = 'pass' | 'hold' | 'swallow'

/** Judges statements. A promise delays the statement and what comes behind it on its connection. */
export type Judge = (statement: Statement) => Verdict | Promise<Verdict>

/**
 * Stands between a process and its PostgreSQL server, and understands just enough of the protocol to act at the n-th
 * statement: each simple query counts, and each Execute of a batch, so that a batch can be cut in the middle.
 */
export class Proxy {
  judge: Judge = () => 'pass'
  /** Whether the connection of this number, from 1, ends in the very packet that says that it is ready. */
  diesWhenReady: (connection: number) => boolean = () => false
  readonly #target: URL
  readonly #server: Server
  readonly #links = new Set<Link>()
  #count = 0
  #connections = 0

  private constructor(target: URL) {
    this.#target = target
    // Half open: the end of a process's half is answered only when its link says so.
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
  }

  /** Starts one in front of the server that `url` leads to. */
  static async open(url: string): Promise<Proxy> {
    const proxy = new Proxy(new URL(url))
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  /** Leads to the same database through the proxy. */
  get url(): string {
    const url = new URL(this.#target)
    url.hostname = '127.0.0.1'
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  /** The connections that are open. */
  get links(): readonly Link[] {
    return [...this.#links]
  }

  /** Counts statements from 1 again, and judges them by `judge`. */
  reset(judge: Judge): void {
    this.#count = 0
    this.judge = judge
  }

  /** Cuts everything. */
  async close(): Promise<void> {
    for (const link of this.#links) link.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #accept(client: Socket): void {
    const port = Number(this.#target.port === '' ? 5432 : this.#target.port)
    const server = connect({ host: this.#target.hostname, port, noDelay: true })
    client.setNoDelay(true)
    const link = new Link(client, server, (text, on) => this.judge({ number: ++this.#count, text, link: on }))
    link.diesWhenReady = this.diesWhenReady(++this.#connections)
    this.#links.add(link)
    link.ended.then(
      () => this.#links.delete(link),
      () => undefined,
    )
  }
}

/** One connection through the proxy. */
export class Link {
  /** The server's process, once it has said so. */
  pid: number | undefined
  /** Whether this connection ends in the very packet that says that it is ready. */
  diesWhenReady = false
  /** Resolves when both halves are closed. */
  readonly ended: Promise<unknown>
  /** Resolves when the server has answered what was swallowed. */
  readonly swallowed: Promise<void>
  readonly #client: Socket
  readonly #server: Socket
  readonly #judge: (text: string, link: Link) => Verdict | Promise<Verdict>
  #state: Verdict | 'half-open' = 'pass'
  #answered: () => void = () => {}
  #text = ''

  constructor(client: Socket, server: Socket, judge: (text: string, link: Link) => Verdict | Promise<Verdict>) {
    this.#client = client
    this.#server = server
    this.#judge = judge
    this.swallowed = new Promise((resolve) => (this.#answered = resolve))
    const clientEnded = this.#forward().catch(() => undefined)
    const serverEnded = this.#answer().catch(() => undefined)
    // A process that dies closes its sockets: the server sees that. A half-open connection hides it.
    void clientEnded.then(async () => {
      if (this.#state === 'swallow') await this.swallowed
      if (this.#state !== 'half-open') server.destroy()
    })
    void serverEnded.then(() => this.#state === 'half-open' || client.destroy())
    this.ended = Promise.all([clientEnded, serverEnded])
  }

  /** Closes both halves. */
  cut(): void {
    this.#state = 'hold'
    this.#client.destroy()
    this.#server.destroy()
  }

  /** Closes the half towards the process; the server goes on with what it has, and sees the end when it has answered. */
  cutClient(): void {
    this.#state = 'swallow'
    this.#client.destroy()
  }

  /** From here on nothing goes through, and neither half learns of the other's end, until `cut`. */
  freeze(): void {
    this.#state = 'half-open'
  }

  async #forward(): Promise<void> {
    const messages = new Messages(true)
    for await (const bytes of this.#sent()) {
      this.#server.cork()
      for (const message of messages.of(bytes)) {
        const judged = this.#state === 'pass' ? this.#verdict(message) : this.#state
        const verdict = typeof judged === 'string' ? judged : await this.#late(judged)
        if (this.#state === 'pass') this.#state = verdict
        if (this.#state === 'pass' || this.#state === 'swallow') this.#server.write(message.bytes)
      }
      this.#server.uncork()
    }
  }

  /** What the process sends. Not read from the socket itself: the end of the loop would close it, half open or not. */
  #sent(): AsyncIterable<Buffer> {
    const sent = this.#client.pipe(new PassThrough())
    this.#client.on('error', () => {})
    this.#client.once('close', () => sent.destroy())
    return sent
  }

  #verdict({ type, text }: Message): Verdict | Promise<Verdict> {
    if (type === 'P') this.#text = text(1)
    if (type === 'Q') this.#text = text(0)
    return type === 'Q' || type === 'E' ? this.#judge(this.#text, this) : 'pass'
  }

  /** What came before goes on meanwhile. */
  async #late(verdict: Promise<Verdict>): Promise<Verdict> {
    this.#server.uncork()
    const found = await verdict
    this.#server.cork()
    return found
  }

  async #answer(): Promise<void> {
    const messages = new Messages(false)
    for await (const bytes of this.#server as AsyncIterable<Buffer>) {
      for (const message of messages.of(bytes)) {
        if (message.type === 'K') this.pid = message.bytes.readInt32BE(5)
        if (message.type === 'Z' && this.diesWhenReady) return this.#die(message.bytes)
        if (message.type === 'Z' && this.#state === 'swallow') this.#answered()
        if (this.#state === 'pass') this.#client.write(message.bytes)
      }
    }
  }

  /** One write is one packet: the process reads both messages in one turn. */
  #die(ready: Buffer): void {
    this.#state = 'hold'
    this.#client.end(Buffer.concat([ready, fatalError('57P01', 'terminating connection due to administrator command')]))
    this.#server.destroy()
  }
}
