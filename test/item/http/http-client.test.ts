import { afterEach, describe, expect, test } from 'vitest'
import { HttpClient, type HttpClientOptions } from '../../../src/http.js'
import { type Answer, sendJson, sendStatus, TestServer } from './test-server.js'

describe('HttpClient', () => {
  let server: TestServer
  let client: HttpClient

  async function serve(answer: Answer, options: Partial<HttpClientOptions> = {}): Promise<void> {
    server = await TestServer.start(answer)
    client = new HttpClient({ baseUrl: server.url, retry: { backoff: 0 }, ...options })
  }

  afterEach(async () => {
    await client.close()
    await server[Symbol.asyncDispose]()
  })

  test('1,000 calls at concurrency 24 open at most 24 connections, and keep them', async () => {
    await serve(async (_request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      sendJson(response, { ok: true })
    })
    const calls = Array.from({ length: 1000 }, () => client.request({ url: 'item' }))
    const bodies = (await Promise.all(calls)).map((response) => response.json())
    expect(bodies).toHaveLength(1000)
    expect(bodies[999]).toEqual({ ok: true })
    expect(server.connections).toBeLessThanOrEqual(24)
    await client.close()
    await server.untilOpen(0)
  })

  test('a request has its query, its headers over those of the client, and its body', async () => {
    await serve((_request, response) => sendJson(response, null), {
      headers: () => ({ Authorization: 'Bearer 1', 'X-Kind': 'client' }),
    })
    await client.request({
      method: 'post',
      url: 'items?b=1&a=0',
      query: { a: [1, 2], c: undefined, d: 'é' },
      headers: { 'x-kind': 'request' },
      json: { one: 1 },
    })
    const [served] = server.requests
    expect(served).toMatchObject({ method: 'POST', body: '{"one":1}' })
    expect(served?.url.search).toBe('?b=1&a=1&a=2&d=%C3%A9')
    expect(served?.headers).toMatchObject({
      authorization: 'Bearer 1',
      'x-kind': 'request',
      accept: 'application/json',
      'content-type': 'application/json',
    })
  })

  test('a status that is no success is an error, unless the request accepts it', async () => {
    await serve(({ url }, response) => sendStatus(response, Number(url.searchParams.get('status')), 'no such thing'))
    const request = { url: 'thing', query: { status: 404, token: 'secret' } }
    await expect(client.request(request)).rejects.toMatchObject({
      code: 'BATCH_HTTP_STATUS',
      status: 404,
      transient: false,
      body: 'no such thing',
      message: `GET ${server.url}thing?status=…&token=… was answered with status 404: "no such thing"`,
    })
    expect((await client.request({ ...request, accept: [404] })).text()).toBe('no such thing')
  })
})
