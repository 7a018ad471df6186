import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { MockAgent } from 'undici'
import { describe, expect, test } from 'vitest'
import { HttpClient, HttpConnectionError } from '../../../src/http.js'
import { SELF_SIGNED } from './self-signed.js'
import { sendJson, TestServer } from './test-server.js'

const guest = fileURLToPath(new URL('./http-guest-process.ts', import.meta.url))

describe('what a client sends through', () => {
  test("a dispatcher of the host's, such as undici's MockAgent, which it leaves open", async () => {
    const agent = new MockAgent()
    agent.disableNetConnect()
    agent.get('http://service').intercept({ path: '/a', method: 'POST', body: '{"b":1}' }).reply(200, { c: 2 }).times(2)
    for (let round = 0; round < 2; round++) {
      await using client = new HttpClient({ baseUrl: 'http://service/', dispatcher: agent })
      expect((await client.request({ method: 'POST', url: 'a', json: { b: 1 } })).json()).toEqual({ c: 2 })
    }
    await agent.close()
  })

  test('TLS with an authority of its own; a certificate that nobody vouches for is an error that does not pass', async () => {
    const server = createSecureServer(SELF_SIGNED, (_request, response) => sendJson(response, 'safe'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const baseUrl = `https://localhost:${(server.address() as AddressInfo).port}/`
    try {
      await using trusting = new HttpClient({ baseUrl, tls: { ca: SELF_SIGNED.cert } })
      expect((await trusting.request({ url: '' })).json()).toBe('safe')
      await using strict = new HttpClient({ baseUrl })
      const error: unknown = await strict.request({ url: '' }).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(HttpConnectionError)
      expect(error).toMatchObject({ transient: false, sent: false })
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  test('a proxy, with its credentials', async () => {
    await using server = await TestServer.start((_request, response) => sendJson(response, 'through'))
    const tunnels: unknown[] = []
    const proxy = createServer()
    proxy.on('connect', (request, socket) => {
      tunnels.push([request.url, request.headers['proxy-authorization']])
      const { hostname, port } = new URL(`http://${request.url}`)
      const onward = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        onward.pipe(socket).pipe(onward)
      })
      socket.on('error', () => onward.destroy())
      onward.on('error', () => socket.destroy())
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const uri = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const client = new HttpClient({ baseUrl: server.url, proxy: { uri, token: 'Bearer proxy' }, connections: 2 })
    const calls = Array.from({ length: 10 }, async () => (await client.request({ url: '' })).json())
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['through']))
    expect(tunnels.length).toBeLessThanOrEqual(2)
    expect(tunnels[0]).toEqual([new URL(server.url).host, 'Bearer proxy'])
    await client.close()
    await server.untilOpen(0)
    proxy.closeAllConnections()
    proxy.close()
  })
})

describe('a process that has used a client', () => {
  test.each([
    ['and has closed it, ends at once', 'close', '200 HttpClientClosedError'],
    ['and has not, ends as well: idle connections do not hold it', '', '200'],
  ])('%s', async (_what, how, said) => {
    await using server = await TestServer.start((_request, response) => sendJson(response, {}))
    const child = spawn(process.execPath, ['--import', 'tsx', guest, server.url, how], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    expect(await once(child, 'close')).toEqual([0, null])
    expect(output.trim()).toBe(said)
  })
})
