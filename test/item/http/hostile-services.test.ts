import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import {
  HttpBodyError,
  HttpClient,
  HttpClientClosedError,
  type HttpClientOptions,
  HttpConnectionError,
  HttpOriginError,
  HttpPagingError,
  HttpPagingItemReader,
  HttpStatusError,
  HttpTimeoutError,
  HttpTooLargeError,
  isTransientHttpError,
} from '../../../src/http.js'
import { chunkStep, MemoryJobRepository } from '../../../src/index.js'
import { ListItemWriter, runStep } from '../../../src/testing.js'
import { pluggedContext } from './http-context.js'
import { sendJson, sendStatus, TestServer } from './test-server.js'

const toClose: (() => Promise<unknown>)[] = []

/** undici may make a new connection for one that it had to destroy: nothing is left when the client is closed. */
async function untilAllClosed(client: HttpClient, server: TestServer): Promise<void> {
  await client.close()
  await server.untilOpen(0)
}

function clientOf(baseUrl: string, options: Partial<HttpClientOptions> = {}): HttpClient {
  const client = new HttpClient({ baseUrl, retry: { maxAttempts: 1 }, ...options })
  toClose.unshift(() => client.close())
  return client
}

async function serve(...[answer]: Parameters<typeof TestServer.start>): Promise<TestServer> {
  const server = await TestServer.start(answer)
  toClose.push(() => server[Symbol.asyncDispose]())
  return server
}

/** A service that does not speak HTTP, or not to its end. */
async function serveBytes(onRequest: (socket: Socket) => void): Promise<{ readonly url: string; requests(): number }> {
  let requests = 0
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      requests++
      onRequest(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  toClose.push(() => new Promise((resolve) => server.close(resolve)))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests: () => requests }
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as Error,
  )
}

describe('a hostile service', () => {
  afterEach(async () => {
    for (const close of toClose.splice(0)) await close()
  })

  test('that never answers is given up after the timeout, and its connection destroyed', async () => {
    const server = await serve(() => undefined)
    const client = clientOf(server.url, { timeouts: { headers: 50 } })
    const error = await failure(client.request({ url: '' }))
    expect(error).toBeInstanceOf(HttpTimeoutError)
    expect(error).toMatchObject({ phase: 'headers', limit: 50, transient: true })
    await untilAllClosed(client, server)
  })

  test('that sends its body drop by drop is given up after the timeout', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200).write('[')
      const timer = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(timer))
    })
    const client = clientOf(server.url, { timeouts: { body: 60 } })
    const error = await failure(client.request({ url: '' }))
    expect(error).toMatchObject({ code: 'BATCH_HTTP_TIMEOUT', phase: 'body', limit: 60 })
    await untilAllClosed(client, server)
  })

  test.each([
    ['half-way through its headers', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['half-way through its body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2'],
    ['half-way through a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,'],
    ['before it says anything', ''],
  ])('that closes %s is asked again, then an error', async (_when, bytes) => {
    const service = await serveBytes((socket) => socket.end(bytes))
    const error = await failure(clientOf(service.url, { retry: { maxAttempts: 3, backoff: 0 } }).request({ url: '' }))
    expect(error).toBeInstanceOf(HttpConnectionError)
    expect(error).toMatchObject({ sent: true, transient: true })
    expect(isTransientHttpError(error)).toBe(true)
    expect(service.requests()).toBe(3)
  })

  test('a request that may have taken effect is not sent again unless that does no harm', async () => {
    const service = await serveBytes((socket) => socket.end())
    const client = clientOf(service.url, { retry: { maxAttempts: 3, backoff: 0 } })
    await failure(client.request({ method: 'POST', url: '' }))
    expect(service.requests()).toBe(1)
    await failure(client.request({ method: 'POST', url: '', headers: { 'Idempotency-Key': '1' } }))
    expect(service.requests()).toBe(4)
  })

  test('that speaks no HTTP is an error that does not pass', async () => {
    const service = await serveBytes((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
    const error = await failure(clientOf(service.url, { retry: { maxAttempts: 3 } }).request({ url: '' }))
    expect(error).toMatchObject({ code: 'BATCH_HTTP_CONNECTION', transient: false })
    expect(service.requests()).toBe(1)
  })

  test('that is not there was sent nothing, so that any request is tried again', async () => {
    const { url } = await serveBytes(() => undefined)
    await toClose.pop()?.()
    const error = await failure(clientOf(url).request({ method: 'POST', url: 'x' }))
    expect(error).toMatchObject({ code: 'BATCH_HTTP_CONNECTION', sent: false, transient: true })
  })

  test('whose body has no end is refused at the limit, in bounded memory', async () => {
    let sent = 0
    const block = Buffer.alloc(64 * 1024, 0x20)
    const server = await serve((_request, response) => {
      response.writeHead(200)
      const pour = (): void => {
        sent += block.length
        if (!response.destroyed) response.write(block, pour)
      }
      pour()
    })
    const client = clientOf(server.url, { maxResponseBytes: 1024 * 1024 })
    const error = await failure(client.request({ url: '' }))
    expect(error).toBeInstanceOf(HttpTooLargeError)
    await untilAllClosed(client, server)
    // What was on its way in the sockets' buffers comes on top.
    expect(sent).toBeLessThan(32 * 1024 * 1024)
  })

  test('that answers HTML, nothing, or half of a JSON says so with how the body begins', async () => {
    const bodies = ['<!DOCTYPE html><title>Sign in</title>', '', '{"items": [', '\u00ff']
    const server = await serve(({ url }, response) => {
      const body = bodies[Number(url.searchParams.get('body'))] ?? ''
      response.writeHead(200, { 'content-type': 'text/html' }).end(Buffer.from(body, 'latin1'))
    })
    const client = clientOf(server.url)
    const errors = []
    for (const body of bodies.keys()) {
      const response = await client.request({ url: '', query: { body } })
      errors.push(await failure(Promise.resolve().then(() => response.json())))
    }
    expect(errors.every((error) => error instanceof HttpBodyError)).toBe(true)
    const said = errors.map(({ message }) => message.slice(message.indexOf('was answered')))
    expect(said).toEqual([
      'was answered with text/html that is no JSON: "<!DOCTYPE html><title>Sign in</title>"',
      'was answered with no body (status 200) instead of JSON',
      'was answered with text/html that is no JSON: "{\\"items\\": ["',
      'was answered with text/html that is no text in utf-8',
    ])
  })

  test('that redirects is not followed', async () => {
    const elsewhere = await serve((_request, response) => sendJson(response, []))
    const server = await serve((_request, response) =>
      sendStatus(response, 302, '', { location: `${elsewhere.url}login` }),
    )
    const error = await failure(clientOf(server.url).request({ url: 'orders' }))
    expect(error).toBeInstanceOf(HttpStatusError)
    expect(error.message).toContain(`status 302 to ${elsewhere.url}login, which is not followed`)
    expect(elsewhere.requests).toEqual([])
  })

  test('that asks for a compressed answer to be read is refused', async () => {
    const server = await serve((_request, response) => sendJson(response, [], { 'content-encoding': 'gzip' }))
    const response = await clientOf(server.url).request({ url: '' })
    expect(() => response.json()).toThrow('a body in the coding gzip')
  })

  test('a client that is closed ends what is under way, and is never used again', async () => {
    const server = await serve(() => undefined)
    const client = clientOf(server.url, { connections: 1 })
    const calls = [client.request({ url: '1' }), client.request({ url: '2' })].map(failure)
    await server.untilRequests(1)
    await client.close()
    await client.close()
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(HttpClientClosedError)
    await expect(client.request({ url: '3' })).rejects.toBeInstanceOf(HttpClientClosedError)
    await server.untilOpen(0)
    expect(server.requests).toHaveLength(1)
  })

  test('an aborted signal ends a request with its reason, whether it is sent or waits for its turn', async () => {
    const server = await serve(() => undefined)
    const client = clientOf(server.url, { connections: 1 })
    const controllers = [new AbortController(), new AbortController()]
    const calls = controllers.map(async ({ signal }, index) => failure(client.request({ url: `${index}` }, { signal })))
    await server.untilRequests(1)
    const reasons = [new Error('first'), new Error('second')]
    controllers[1]?.abort(reasons[1])
    expect(await calls[1]).toBe(reasons[1])
    controllers[0]?.abort(reasons[0])
    expect(await calls[0]).toBe(reasons[0])
    await expect(client.request({ url: '' }, { signal: AbortSignal.abort(reasons[0]) })).rejects.toBe(reasons[0])
    await untilAllClosed(client, server)
  })
})

describe('a service that lies about its pages', () => {
  afterEach(async () => {
    for (const close of toClose.splice(0)) await close()
  })

  async function readAll(reader: HttpPagingItemReader<unknown>): Promise<{ items: unknown[]; error: unknown }> {
    const context = pluggedContext()
    const items: unknown[] = []
    try {
      await reader.open(undefined, context)
      for (;;) {
        const chunk = await reader.readChunk(10, context)
        if (chunk.length === 0) return { items, error: undefined }
        items.push(...chunk)
      }
    } catch (error) {
      return { items, error }
    } finally {
      await reader.close()
    }
  }

  test.each([1, 2, 5])('a circle of %i pages is noticed', async (length) => {
    const server = await serve(({ url }, response) => {
      const at = Number(url.searchParams.get('after') ?? 0)
      sendJson(response, { items: [at], next: (at + 1) % length })
    })
    const reader = new HttpPagingItemReader({
      client: clientOf(server.url),
      request: { url: '', query: { after: 0 } },
      items: 'items',
      pages: { by: 'cursor', at: 'next', parameter: 'after' },
    })
    const { items, error } = await readAll(reader)
    expect(error).toBeInstanceOf(HttpPagingError)
    expect(items.length).toBeLessThanOrEqual(3 * length + 1)
  })

  test('the same page under each number is noticed before its items come twice', async () => {
    const server = await serve((_request, response) => sendJson(response, [{ id: 1 }, { id: 2 }]))
    const reader = new HttpPagingItemReader({
      client: clientOf(server.url),
      request: { url: '' },
      pages: { by: 'page' },
    })
    const { items, error } = await readAll(reader)
    expect(items).toEqual([{ id: 1 }, { id: 2 }])
    expect(error).toMatchObject({ code: 'BATCH_HTTP_PAGING' })
  })

  test('empty pages without end are given up', async () => {
    const server = await serve(({ url }, response) => {
      sendJson(response, { items: [], next: Number(url.searchParams.get('after') ?? 0) + 1 })
    })
    const reader = new HttpPagingItemReader({
      client: clientOf(server.url),
      request: { url: '' },
      items: 'items',
      pages: { by: 'cursor', at: 'next', parameter: 'after' },
      maxEmptyPages: 7,
    })
    expect(await readAll(reader)).toMatchObject({ items: [], error: { code: 'BATCH_HTTP_PAGING' } })
    expect(server.requests).toHaveLength(8)
  })

  test('a next page elsewhere is not asked for, unless the client may go there', async () => {
    const elsewhere = await serve((_request, response) => sendJson(response, { items: [2] }))
    const server = await serve((_request, response) => sendJson(response, { items: [1], next: `${elsewhere.url}two` }))
    const pages = { by: 'url', at: 'next' } as const
    const headers = { authorization: 'Bearer secret' }
    const strict = clientOf(server.url, { headers })
    const request = { url: 'one' }
    const refused = await readAll(new HttpPagingItemReader({ client: strict, request, items: 'items', pages }))
    expect(refused.items).toEqual([1])
    expect(refused.error).toBeInstanceOf(HttpOriginError)
    expect(elsewhere.requests).toEqual([])
    const open = clientOf(server.url, { headers, allowedOrigins: [elsewhere.url] })
    const allowed = await readAll(new HttpPagingItemReader({ client: open, request, items: 'items', pages }))
    expect(allowed).toEqual({ items: [1, 2], error: undefined })
  })

  test('a page that cannot be had fails the step, whatever its skip says, and a restart asks for it again', async () => {
    let down = true
    const server = await serve(({ url }, response) => {
      const after = Number(url.searchParams.get('after') ?? 0)
      if (down && after === 2) sendStatus(response, 500)
      else sendJson(response, { items: [after + 1, after + 2], next: after < 4 ? after + 2 : null })
    })
    const client = clientOf(server.url)
    const writer = new ListItemWriter<number>()
    const repository = new MemoryJobRepository()
    const step = chunkStep('read', {
      chunkSize: 2,
      reader: () =>
        new HttpPagingItemReader<number>({
          client,
          request: { url: '' },
          items: 'items',
          pages: { by: 'cursor', at: 'next', parameter: 'after' },
        }),
      writer,
      skip: { limit: 10, on: [HttpStatusError] },
    })
    const failed = await runStep(step, { repository })
    expect([failed.status, failed.counts.write, failed.counts.readSkip]).toEqual(['FAILED', 2, 0])
    down = false
    expect((await runStep(step, { repository })).status).toBe('COMPLETED')
    expect(writer.items).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('a body without items, or of another shape, names what is wrong', async () => {
    const server = await serve((_request, response) => sendJson(response, { data: { rows: null } }))
    const client = clientOf(server.url)
    const request = { url: '' }
    const pages = { by: 'link' } as const
    const plain = await readAll(new HttpPagingItemReader({ client, request, pages, items: 'data.rows' }))
    expect(String(plain.error)).toContain(
      'JSON without an array of items at "data.rows": "{\\"data\\":{\\"rows\\":null}}"',
    )
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => ({ issues: [{ message: 'must be a list', path: ['data', 'rows'] }] }),
      },
    } as const
    const checked = await readAll(new HttpPagingItemReader({ client, request, pages, items: 'data.rows', schema }))
    expect(checked.error).toBeInstanceOf(HttpBodyError)
    expect(checked.error).toMatchObject({ issues: ['data: must be a list'] })
  })

  test('a page that is shorter than what was committed of it is refused at a restart', async () => {
    const server = await serve((_request, response) => sendJson(response, [1, 2]))
    const client = clientOf(server.url)
    const reader = new HttpPagingItemReader({ client, request: { url: '' }, pages: { by: 'link' } })
    await reader.open({ page: null, index: 3 }, pluggedContext())
    await expect(reader.readChunk(1, pluggedContext())).rejects.toThrow('gives 2 items now, where 3')
    await expect(reader.open({ page: 7, index: 3 }, pluggedContext())).rejects.toMatchObject({ code: 'BATCH_POSITION' })
  })
})
