import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { MysqlProtocol } from './mysql-protocol.js'
import { PostgresProtocol } from './postgres-protocol.js'
import type { Protocol } from './protocol.js'

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
 * Stands between a process and its database server, and understands just enough of the protocol to act at the n-th
 * statement. On PostgreSQL each one of a batch counts, so that a batch can be cut in the middle.
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
    const isMysql = this.#target.protocol === 'mysql:'
    const port = this.#target.port === '' ? (isMysql ? 3306 : 5432) : Number(this.#target.port)
    const server = connect({ host: this.#target.hostname, port, noDelay: true })
    client.setNoDelay(true)
    const protocol = isMysql ? new MysqlProtocol() : new PostgresProtocol()
    const judge = (text: string, on: Link): Verdict | Promise<Verdict> =>
      this.judge({ number: ++this.#count, text, link: on })
    const link = new Link({ client, server, protocol, judge })
    link.diesWhenReady = this.diesWhenReady(++this.#connections)
    this.#links.add(link)
    link.ended.then(
      () => this.#links.delete(link),
      () => undefined,
    )
  }
}

/** What a connection through the proxy is made of. */
interface LinkParts {
  readonly client: Socket
  readonly server: Socket
  readonly protocol: Protocol
  readonly judge: (text: string, link: Link) => Verdict | Promise<Verdict>
}

/** One connection through the proxy. */
export class Link {
  /** The server's process or thread, once it has said so. */
  pid: number | undefined
  /** Whether this connection ends in the very packet that says that it is ready. */
  diesWhenReady = false
  /** Resolves when both halves are closed. */
  readonly ended: Promise<unknown>
  /** Resolves when the server has answered what was swallowed. */
  readonly swallowed: Promise<void>
  readonly #client: Socket
  readonly #server: Socket
  readonly #protocol: Protocol
  readonly #judge: LinkParts['judge']
  #state: Verdict | 'half-open' = 'pass'
  #answered: () => void = () => {}

  constructor({ client, server, protocol, judge }: LinkParts) {
    this.#client = client
    this.#server = server
    this.#protocol = protocol
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
    for await (const sent of this.#sent()) {
      this.#server.cork()
      for (const { bytes, statement } of this.#protocol.sent(sent)) {
        const judged = this.#state !== 'pass' || statement === undefined ? this.#state : this.#judge(statement, this)
        const verdict = typeof judged === 'string' ? judged : await this.#late(judged)
        if (this.#state === 'pass') this.#state = verdict
        if (this.#state === 'pass' || this.#state === 'swallow') this.#server.write(bytes)
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

  /** What came before goes on meanwhile. */
  async #late(verdict: Promise<Verdict>): Promise<Verdict> {
    this.#server.uncork()
    const found = await verdict
    this.#server.cork()
    return found
  }

  async #answer(): Promise<void> {
    for await (const answer of this.#server as AsyncIterable<Buffer>) {
      for (const { bytes, pid, ready } of this.#protocol.answered(answer)) {
        this.pid ??= pid
        if (ready && this.diesWhenReady) return this.#die(bytes)
        if (ready && this.#state === 'swallow') this.#answered()
        if (this.#state === 'pass') this.#client.write(bytes)
      }
    }
  }

  /** One write is one packet: the process reads both messages in one turn. */
  #die(ready: Buffer): void {
    this.#state = 'hold'
    this.#client.end(Buffer.concat([ready, this.#protocol.lastWords]))
    this.#server.destroy()
  }
}
