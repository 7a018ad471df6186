import { afterEach, describe, expect, test } from 'vitest'
import { chunkStep } from '../../../src/index.js'
import { HttpClient, HttpEnrichProcessor, HttpStatusError, type LookupCacheOptions } from '../../../src/http.js'
import { ListItemWriter, ManualClock, runStep } from '../../../src/testing.js'
import { pluggedContext } from './http-context.js'
import { type Answer, sendJson, sendStatus, TestServer } from './test-server.js'

const CITIES: Readonly<Record<string, string>> = { a: 'Athens', b: 'Bern', c: 'Cairo', d: 'Delhi', e: 'Essen' }

describe('HttpEnrichProcessor', () => {
  let server: TestServer
  let client: HttpClient

  async function serve(answer: Answer): Promise<void> {
    server = await TestServer.start(answer)
    client = new HttpClient({ baseUrl: server.url, retry: { maxAttempts: 1 } })
  }

  const single: Answer = ({ url }, response) => {
    const city = CITIES[url.pathname.slice(1)]
    if (city === undefined) sendStatus(response, 404)
    else sendJson(response, { city })
  }

  const together: Answer = ({ url }, response) => {
    const ids = url.searchParams.getAll('id')
    sendJson(
      response,
      ids.flatMap((id) => (CITIES[id] === undefined ? [] : [{ id, city: CITIES[id] }])),
    )
  }

  const one = (
    cache: LookupCacheOptions = {},
    clock = new ManualClock(),
  ): HttpEnrichProcessor<string, { city: string }, string> =>
    new HttpEnrichProcessor({
      client,
      cache,
      clock,
      key: (id: string) => (id === '' ? undefined : id),
      request: (id) => ({ url: id }),
      combine: (id, found) => {
        if (id === 'bad') throw new RangeError('a bad item')
        return `${id}: ${found?.city ?? 'unknown'}`
      },
    })

  const many = (batchSize: number): HttpEnrichProcessor<string, string, string> =>
    new HttpEnrichProcessor({
      client,
      batchSize,
      key: (id: string) => id,
      request: (ids) => ({ url: 'cities', query: { id: ids } }),
      values: (response) =>
        new Map((response.json() as { id: string; city: string }[]).map(({ id, city }) => [id, city])),
      combine: (id, city) => `${id}: ${city ?? 'unknown'}`,
    })

  const asked = (): readonly string[] => server.requests.map(({ url }) => url.pathname + url.search)

  afterEach(async () => {
    await client.close()
    await server[Symbol.asyncDispose]()
  })

  test('looks up one by one, remembers hits and misses, and asks for nothing without a key', async () => {
    await serve(single)
    const processor = one()
    const outputs: unknown[] = []
    for (const id of ['a', 'x', 'a', 'x', '']) outputs.push(await processor.process(id, pluggedContext()))
    expect(outputs).toEqual(['a: Athens', 'x: unknown', 'a: Athens', 'x: unknown', ': unknown'])
    expect(asked()).toEqual(['/a', '/x'])
    // What is remembered is given as a value.
    expect(processor.process('a', pluggedContext())).toBe('a: Athens')
  })

  test('asks once for what several items ask for at the same time', async () => {
    await serve(single)
    const processor = one({ size: 0 })
    const outputs = await Promise.all(['a', 'a', 'b', 'a'].map(async (id) => processor.process(id, pluggedContext())))
    expect(outputs).toEqual(['a: Athens', 'a: Athens', 'b: Bern', 'a: Athens'])
    expect(asked().toSorted()).toEqual(['/a', '/b'])
    await processor.process('a', pluggedContext())
    expect(asked()).toHaveLength(3)
  })

  test('remembers the answers that were used last, and none for longer than it is told', async () => {
    await serve(single)
    const clock = new ManualClock()
    const processor = one({ size: 2, maxAge: '1m' }, clock)
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) await processor.process(id, pluggedContext())
    expect(asked()).toEqual(['/a', '/b', '/c', '/b'])
    await clock.advance('1m')
    await processor.process('b', pluggedContext())
    expect(asked()).toEqual(['/a', '/b', '/c', '/b', '/b'])
  })

  test('a failed look-up fails those who wait for it and is not remembered; a bad item fails alone', async () => {
    let down = true
    await serve((request, response) => (down ? sendStatus(response, 403) : single(request, response)))
    const processor = one()
    const calls = ['a', 'a'].map(async (id) => processor.process(id, pluggedContext()))
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { status: 403 } })
    }
    down = false
    const results = await Promise.allSettled(['a', 'bad'].map(async (id) => processor.process(id, pluggedContext())))
    expect(results).toMatchObject([{ value: 'a: Athens' }, { reason: { message: 'a bad item' } }])
  })

  test('one caller that is aborted does not end the look-up of another; the last one does', async () => {
    let answer: (() => void) | undefined
    await serve((request, response) => {
      response.on('close', () => answer?.())
      if (request.url.pathname === '/a') answer = (): void => void single(request, response)
    })
    const processor = one()
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()]
    const calls = [first, second].map(async ({ signal }) => processor.process('a', pluggedContext({ signal })))
    await server.untilRequests(1)
    first.abort(new Error('first'))
    await expect(calls[0]).rejects.toThrow('first')
    answer?.()
    answer = undefined
    expect(await calls[1]).toBe('a: Athens')
    const gone = new Promise<void>((resolve) => (answer = resolve))
    const call = Promise.resolve(processor.process('b', pluggedContext({ signal: third.signal })))
    await server.untilRequests(2)
    third.abort(new Error('third'))
    await expect(call).rejects.toThrow('third')
    await gone
  })

  test('one look-up that is aborted does not touch the next ones, and asks for nothing when it is aborted before', async () => {
    await serve((request, response) => (request.url.pathname === '/b' ? undefined : single(request, response)))
    const processor = one({ size: 0 })
    const call = async (id: string, stop = new AbortController()): Promise<unknown> =>
      processor.process(id, pluggedContext({ signal: stop.signal }))
    expect(await call('a')).toBe('a: Athens')
    const stop = new AbortController()
    const stopped = call('b', stop)
    await server.untilRequests(2)
    stop.abort(new Error('stop'))
    await expect(stopped).rejects.toThrow('stop')
    await expect(call('a', stop)).rejects.toThrow('stop')
    expect(await Promise.all(['a', 'c', 'a'].map((id) => call(id)))).toEqual(['a: Athens', 'c: Cairo', 'a: Athens'])
    expect(asked().toSorted()).toEqual(['/a', '/a', '/b', '/c'])
  })

  test('in a step with itemConcurrency, the items of a chunk are looked up together', async () => {
    await serve(together)
    const writer = new ListItemWriter<string>()
    const step = chunkStep('enrich', {
      chunkSize: 10,
      itemConcurrency: 4,
      reader: ['a', 'b', 'c', 'd', 'e', 'x', 'a', 'b', 'y', 'z'],
      processor: many(4),
      writer,
    })
    const execution = await runStep(step)
    expect(execution.status).toBe('COMPLETED')
    expect(writer.items).toEqual([
      'a: Athens',
      'b: Bern',
      'c: Cairo',
      'd: Delhi',
      'e: Essen',
      'x: unknown',
      'a: Athens',
      'b: Bern',
      'y: unknown',
      'z: unknown',
    ])
    expect(asked()).toEqual(['/cities?id=a&id=b&id=c&id=d', '/cities?id=e&id=x&id=y&id=z'])
  })

  test('a batch that is not full does not wait for items that are not there', async () => {
    await serve(together)
    const writer = new ListItemWriter<string>()
    const step = chunkStep('enrich', { chunkSize: 3, reader: ['a', 'b', 'c', 'd'], processor: many(50), writer })
    expect((await runStep(step)).status).toBe('COMPLETED')
    expect(asked()).toEqual(['/cities?id=a', '/cities?id=b', '/cities?id=c', '/cities?id=d'])
  })

  test('a step tries items again whose batch failed, together', async () => {
    await serve((request, response) =>
      server.requests.length === 1 ? sendStatus(response, 403) : together(request, response),
    )
    const writer = new ListItemWriter<string>()
    const step = chunkStep('enrich', {
      chunkSize: 3,
      itemConcurrency: 3,
      reader: ['a', 'b', 'c'],
      processor: many(3),
      writer,
      retry: { maxAttempts: 2, on: [HttpStatusError] },
    })
    expect((await runStep(step)).status).toBe('COMPLETED')
    expect(asked()).toEqual(['/cities?id=a&id=b&id=c', '/cities?id=a&id=b&id=c'])
  })
})
