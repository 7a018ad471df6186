import { describe, expect, test } from 'vitest'
import { HttpClient, type HttpClientOptions, isTransientHttpError } from '../../../src/http.js'
import { ManualClock } from '../../../src/testing.js'
import { ScriptedDispatcher, type Scripted } from './scripted-dispatcher.js'
import { sendJson, sendStatus, TestServer } from './test-server.js'

const OK: Scripted = { status: 200 }

/** A client of a service that answers as the script says, on a clock that the test moves. */
function scripted(
  answer: (path: string, count: number) => Scripted,
  options: Partial<HttpClientOptions> = {},
): { readonly clock: ManualClock; readonly service: ScriptedDispatcher; readonly client: HttpClient } {
  const clock = new ManualClock(Date.parse('2026-01-31T12:00:00Z'))
  const service = new ScriptedDispatcher(clock, answer)
  const client = new HttpClient({ baseUrl: 'http://service/', clock, dispatcher: service, ...options })
  return { clock, service, client }
}

/** What a promise has come to, without waiting for it. */
function watch(promise: Promise<unknown>): { value?: unknown; error?: unknown } {
  const seen: { value?: unknown; error?: unknown } = {}
  promise.then(
    (value) => (seen.value = value),
    (error: unknown) => (seen.error = error),
  )
  return seen
}

function since(service: ScriptedDispatcher): readonly number[] {
  const [first = 0] = service.seconds
  return service.seconds.map((at) => at - first)
}

describe('a service that asks to be left alone', () => {
  test.each([
    ['in seconds', { 'retry-after': '30' }],
    ['until a date', { 'retry-after': 'Sat, 31 Jan 2026 12:00:30 GMT' }],
    [
      'until a date by a clock of its own',
      { 'retry-after': 'Sat, 31 Jan 2026 15:00:30 GMT', date: 'Sat, 31 Jan 2026 15:00:00 GMT' },
    ],
  ])('%s is left alone by all requests', async (_how, headers) => {
    const { clock, service, client } = scripted((_path, count) => (count === 1 ? { status: 429, headers } : OK))
    const first = watch(client.request({ method: 'POST', url: '1' }))
    await clock.advance(0)
    const second = watch(client.request({ url: '2' }))
    await clock.advance('29s')
    expect(service.requests.map(({ path }) => path)).toEqual(['/1'])
    await clock.advance('1s')
    expect(since(service)).toEqual([0, 30, 30])
    expect([first, second]).toMatchObject([{ value: { status: 200 } }, { value: { status: 200 } }])
  })

  test('for longer than the client is told to obey gets an error, with the time', async () => {
    const answer: Scripted = { status: 503, headers: { 'retry-after': '61' } }
    const { clock, service, client } = scripted(() => answer, { retryAfter: '1m' })
    const call = watch(client.request({ url: '' }))
    await clock.advance('10m')
    expect(call.error).toMatchObject({ code: 'BATCH_HTTP_STATUS', status: 503, retryAfter: 61_000, transient: true })
    expect(service.requests).toHaveLength(1)
  })

  test('is left alone by all, also when the request itself cannot be sent again without harm', async () => {
    const answer: Scripted = { status: 503, headers: { 'retry-after': '30' } }
    const { clock, service, client } = scripted((_path, count) => (count === 1 ? answer : OK))
    const call = watch(client.request({ method: 'POST', url: '1' }))
    await clock.advance('10s')
    expect(call.error).toMatchObject({ status: 503, retryAfter: 30_000 })
    watch(client.request({ url: '2' }))
    await clock.advance('1m')
    expect(service.requests.map(({ path }) => path)).toEqual(['/1', '/2'])
    expect(since(service)).toEqual([0, 30])
  })

  test('again and again gets an error when the time is used up, also when it asks for none', async () => {
    const answer: Scripted = { status: 429, headers: { 'retry-after': '0' } }
    const { clock, service, client } = scripted(() => answer, { retryAfter: '1s' })
    const call = watch(client.request({ url: '' }))
    await clock.advance('10m')
    expect(isTransientHttpError(call.error)).toBe(true)
    expect(service.requests).toHaveLength(11)
  })

  test('an aborted signal ends the waiting, and no timer is left', async () => {
    const { clock, service, client } = scripted(() => ({ status: 429, headers: { 'retry-after': '30' } }))
    const stop = new AbortController()
    const call = watch(client.request({ url: '' }, { signal: stop.signal }))
    await clock.advance('5s')
    const reason = new Error('stop')
    stop.abort(reason)
    await clock.advance(0)
    expect(call.error).toBe(reason)
    expect(clock.timers).toBe(0)
    expect(service.requests).toHaveLength(1)
  })

  test('a closed client ends the waiting, and no timer is left', async () => {
    const { clock, client } = scripted(() => ({ status: 429, headers: { 'retry-after': '30' } }))
    const calls = ['1', '2', '3'].map((url) => watch(client.request({ url })))
    await clock.advance('5s')
    await client.close()
    await clock.advance(0)
    expect(calls.map(({ error }) => (error as { code: string }).code)).toEqual(
      Array.from({ length: 3 }, () => 'BATCH_HTTP_CLIENT_CLOSED'),
    )
    expect(clock.timers).toBe(0)
  })

  test('is obeyed by a real service and a real clock', async () => {
    await using server = await TestServer.start((_request, response) => {
      if (server.requests.length === 1) sendStatus(response, 429, 'slow down', { 'retry-after': '0' })
      else sendJson(response, 'well')
    })
    await using client = new HttpClient({ baseUrl: server.url })
    expect((await client.request({ method: 'POST', url: '' })).json()).toBe('well')
  })
})

describe('what fails in passing', () => {
  test('is sent again with growing waits, up to its attempts', async () => {
    const backoff = { initial: '1s', multiplier: 3 } as const
    const { clock, service, client } = scripted(() => ({ status: 502 }), { retry: { maxAttempts: 4, backoff } })
    const call = watch(client.request({ url: '' }))
    await clock.advance('1m')
    expect(since(service)).toEqual([0, 1, 4, 13])
    expect(call.error).toMatchObject({ status: 502, transient: true })
  })

  test('is not sent again where the status says that it does not pass', async () => {
    const { clock, service, client } = scripted(() => ({ status: 400 }))
    const call = watch(client.request({ url: '' }))
    await clock.advance('1m')
    expect(service.requests).toHaveLength(1)
    expect(call.error).toMatchObject({ status: 400, transient: false })
  })

  test('asks for the headers of the client before each attempt', async () => {
    let token = 0
    const { clock, service, client } = scripted((_path, count) => (count === 1 ? { status: 503 } : OK), {
      headers: async () => Promise.resolve({ authorization: `Bearer ${++token}` }),
    })
    watch(client.request({ url: '' }))
    await clock.advance('1m')
    expect(service.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer 1', 'Bearer 2'])
  })
})

describe('a rate limit', () => {
  test('lets so many requests begin in any span of its length, in the order of their coming', async () => {
    const { clock, service, client } = scripted(() => OK, { rateLimit: { requests: 2, per: '1s' } })
    const calls = ['1', '2', '3'].map((url) => watch(client.request({ url })))
    await clock.advance('500ms')
    calls.push(...['4', '5'].map((url) => watch(client.request({ url }))))
    await clock.advance('10s')
    calls.push(watch(client.request({ url: '6' })))
    await clock.advance(0)
    expect(service.requests.map(({ path }) => path)).toEqual(['/1', '/2', '/3', '/4', '/5', '/6'])
    expect(since(service)).toEqual([0, 0, 1, 1, 2, 10.5])
    expect(calls.every(({ value }) => value !== undefined)).toBe(true)
  })
})

describe('a circuit breaker', () => {
  const circuitBreaker = { failures: 3, pause: '30s', patience: '5m' } as const
  const retry = { maxAttempts: 2, backoff: 0 } as const

  test('pauses requests instead of failing them, and lets one try whether the service is well', async () => {
    const { clock, service, client } = scripted((_path, count) => (count <= 5 ? { status: 500 } : OK), {
      circuitBreaker,
      retry,
      connections: 2,
    })
    const calls = ['1', '2', '3', '4'].map((url) => watch(client.request({ url })))
    await clock.advance('29s')
    expect(service.requests).toHaveLength(4)
    await clock.advance('1s')
    expect(service.requests).toHaveLength(5)
    await clock.advance('30s')
    expect(since(service)).toEqual([0, 0, 0, 0, 30, 60, 60, 60, 60])
    expect(calls.every(({ value }) => value !== undefined)).toBe(true)
  })

  test('lets a request fail when its patience is at its end', async () => {
    const { clock, service, client } = scripted(() => new Error('no route'), { circuitBreaker, retry })
    const calls = ['1', '2', '3'].map((url) => watch(client.request({ url })))
    await clock.advance('20m')
    expect(calls.map(({ error }) => (error as { code: string }).code)).toEqual(
      Array.from({ length: 3 }, () => 'BATCH_HTTP_CONNECTION'),
    )
    expect(service.seconds.at(-1)).toBeGreaterThanOrEqual((service.seconds[0] ?? 0) + 300)
  })

  test('ends the waiting with the signal, and lets another request try', async () => {
    const answer = (path: string, count: number): Scripted =>
      count < 4 ? { status: 500 } : path === '/1' ? undefined : OK
    const timeouts = { headers: '10m' } as const
    const { clock, service, client } = scripted(answer, { circuitBreaker, retry: { maxAttempts: 1 }, timeouts })
    const stop = new AbortController()
    const probe = watch(client.request({ url: '1' }, { signal: stop.signal }))
    for (const url of ['2', '3']) watch(client.request({ url }))
    await clock.advance(0)
    const other = watch(client.request({ url: 'other' }))
    await clock.advance('30s')
    expect(service.requests.map(({ path }) => path)).toEqual(['/1', '/2', '/3', '/1'])
    stop.abort(new Error('stop'))
    await clock.advance(0)
    expect(probe.error).toMatchObject({ message: 'stop' })
    expect(other.value).toMatchObject({ status: 200 })
  })

  test('needs more failures than one request makes', () => {
    expect(() => new HttpClient({ baseUrl: 'http://service/', circuitBreaker: { failures: 3, pause: '1s' } })).toThrow(
      'HttpClient.circuitBreaker.failures must be a whole number from 4, but is 3',
    )
  })
})

describe('the time limits of requests', () => {
  test('end each at its own time, and leave no timer', async () => {
    const options = { timeouts: { headers: '30s' }, retry: { maxAttempts: 1 } } as const
    const { clock, client } = scripted((path) => (path === '/answered' ? OK : undefined), options)
    const first = watch(client.request({ url: 'first' }))
    await clock.advance('10s')
    const [second, answered] = ['second', 'answered'].map((url) => watch(client.request({ url })))
    await clock.advance('20s')
    expect(first.error).toMatchObject({ code: 'BATCH_HTTP_TIMEOUT', phase: 'headers' })
    expect(answered).toMatchObject({ value: { status: 200 } })
    await clock.advance('9999ms')
    expect(second?.error).toBeUndefined()
    await clock.advance('1ms')
    expect(second?.error).toMatchObject({ code: 'BATCH_HTTP_TIMEOUT', phase: 'headers' })
    expect(clock.timers).toBe(0)
  })
})
