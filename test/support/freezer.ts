import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * Stands between a process and its database, whatever protocol they speak, and keeps back what the process sends from a
 * text on: as of a process that is frozen there, the transaction is left open in the middle.
 */
export class Freezer {
  readonly #target: URL
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #text: string | undefined
  #held: () => void = () => {}
  #thaw: () => void = () => {}

  private constructor(target: URL) {
    this.#target = target
    this.#server = createServer((client) => this.#accept(client))
  }

  /** Starts one in front of the server that `url` leads to. */
  static async open(url: string): Promise<Freezer> {
    const freezer = new Freezer(new URL(url))
    await new Promise<void>((resolve) => freezer.#server.listen(0, '127.0.0.1', resolve))
    return freezer
  }

  /** Leads to the same database through it. */
  get url(): string {
    const url = new URL(this.#target)
    url.hostname = '127.0.0.1'
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  /** Holds the connection that sends `text` next, and resolves when it does. All others go on. */
  at(text: string): Promise<void> {
    this.#text = text
    return new Promise((resolve) => (this.#held = resolve))
  }

  /** What was held goes on. */
  thaw(): void {
    this.#thaw()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(client: Socket): void {
    const server = connect({ host: this.#target.hostname, port: Number(this.#target.port), noDelay: true })
    client.setNoDelay(true)
    let held = false
    const rest: Buffer[] = []
    client.on('data', (bytes) => {
      if (held) {
        rest.push(bytes)
        return
      }
      const at = this.#text === undefined ? -1 : bytes.indexOf(this.#text)
      held = at >= 0
      // A message that is cut in two is one that the server waits for.
      server.write(held ? bytes.subarray(0, at) : bytes)
      if (!held) return
      rest.push(bytes.subarray(at))
      this.#hold(() => {
        held = false
        for (const bytes of rest.splice(0)) server.write(bytes)
      })
    })
    server.on('data', (bytes) => client.write(bytes))
    const ends: readonly [Socket, Socket][] = [
      [client, server],
      [server, client],
    ]
    for (const [one, other] of ends) {
      this.#sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
    }
  }

  #hold(thaw: () => void): void {
    this.#text = undefined
    this.#thaw = thaw
    this.#held()
  }
}
