import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** What a test's service does with a request whose body has been read. */
export type Answer = (request: ServedRequest, response: ServerResponse) => unknown

/** A request that a test's service was sent. */
export interface ServedRequest {
  readonly method: string
  /** Path and query. */
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A real HTTP server in this process that counts what comes. */
export class TestServer implements AsyncDisposable {
  readonly url: string
  /** Every request, in the order of their arrival. */
  readonly requests: ServedRequest[] = []
  /** Connections that were made, in all. */
  connections = 0
  /** The most connections that were open at once. */
  mostOpen = 0
  readonly #server: ReturnType<typeof createServer>
  readonly #sockets = new Set<Socket>()

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    server.on('connection', (socket: Socket) => {
      this.connections++
      this.#sockets.add(socket)
      this.mostOpen = Math.max(this.mostOpen, this.#sockets.size)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  /** Starts a service on a port of its own. */
  static async start(answer: Answer): Promise<TestServer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const started = new TestServer(server)
    server.on('request', (request, response) => void started.#serve(answer, request, response))
    return started
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size
  }

  /** Resolves when so many connections are open. */
  async untilOpen(count: number): Promise<void> {
    while (this.open !== count) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  /** Resolves when so many requests have come. */
  async untilRequests(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #serve(answer: Answer, request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const part of request) body += String(part)
    const { method = '', url = '/', headers } = request
    const served = { method, url: new URL(url, this.url), headers, body }
    this.requests.push(served)
    await answer(served, response)
  }
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

/** Answers with a status and a text. */
export function sendStatus(
  response: ServerResponse,
  status: number,
  text = '',
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(text)
}
