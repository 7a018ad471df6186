import { afterEach, describe, expect, test } from 'vitest'
import { chunkStep, MemoryJobRepository } from '../../../src/index.js'
import {
  HttpClient,
  HttpItemRefusedError,
  HttpItemWriter,
  type HttpItemWriterOptions,
  isTransientHttpError,
} from '../../../src/http.js'
import { ListItemReader, runStep } from '../../../src/testing.js'
import { pluggedContext } from './http-context.js'
import { type Answer, sendJson, sendStatus, TestServer } from './test-server.js'

interface Letter {
  readonly to: string
}

const letters = (...names: readonly string[]): Letter[] => names.map((to) => ({ to }))

describe('HttpItemWriter', () => {
  let server: TestServer
  let client: HttpClient

  async function serve(answer: Answer): Promise<void> {
    server = await TestServer.start(answer)
    client = new HttpClient({ baseUrl: server.url, retry: { maxAttempts: 2, backoff: 0 } })
  }

  function writer(options: Partial<HttpItemWriterOptions<Letter>> = {}): HttpItemWriter<Letter> {
    const request = (letter: Letter): object => ({ method: 'POST', url: 'letters', json: { to: letter.to } })
    return new HttpItemWriter<Letter>({ client, request, ...options } as HttpItemWriterOptions<Letter>)
  }

  const sent = (): readonly (readonly [to: string, key: unknown])[] =>
    server.requests.map(({ body, headers }) => [(JSON.parse(body) as Letter).to, headers['idempotency-key']])

  afterEach(async () => {
    await client.close()
    await server[Symbol.asyncDispose]()
  })

  test('sends each item with its own key, in their order', async () => {
    await serve((_request, response) => sendJson(response, {}))
    const long = 'k'.repeat(300)
    const answered: string[] = []
    const subject = writer({
      onResponse: (response: { status: number }, { to }: Letter) => void answered.push(`${to} ${response.status}`),
    })
    const keys = ['1/send/1', '1/versenden an José/2', long]
    await subject.write(letters('Ada', 'Grace', 'Kay'), pluggedContext({ keys }))
    expect(sent().map(([to]) => to)).toEqual(['Ada', 'Grace', 'Kay'])
    expect(sent()[0]?.[1]).toBe('1/send/1')
    // What no header can carry, and what is longer than services keep, goes as its hash.
    expect(sent()[1]?.[1]).toMatch(/^[0-9a-f]{64}$/)
    expect(sent()[2]?.[1]).toMatch(/^[0-9a-f]{64}$/)
    expect(answered).toEqual(['Ada 200', 'Grace 200', 'Kay 200'])
  })

  test('an answer that its callback refuses fails the chunk, also where the callback is asynchronous', async () => {
    await serve((_request, response) => sendJson(response, {}))
    const refuse = (): never => {
      throw new Error('not taken')
    }
    for (const onResponse of [refuse, async () => refuse()]) {
      const subject = writer({ onResponse })
      await expect(subject.write(letters('Ada'), pluggedContext({ keys: ['a'] }))).rejects.toThrow('not taken')
    }
  })

  test('sends a chunk in one request, with a key made of those of its items', async () => {
    await serve((_request, response) => sendJson(response, {}))
    const subject = writer({
      per: 'chunk',
      request: (items: readonly Letter[], keys: readonly string[]) => ({
        method: 'POST',
        url: 'letters',
        json: items.map(({ to }, index) => ({ to, key: keys[index] ?? '' })),
      }),
      idempotencyKey: 'X-Request-Id',
    })
    for (const keys of [
      ['a', 'b'],
      ['a', 'b'],
      ['ab', ''],
    ]) {
      await subject.write(letters('Ada', 'Grace'), pluggedContext({ keys }))
    }
    const [first, again, other] = server.requests.map(({ headers }) => headers['x-request-id'])
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(again).toBe(first)
    expect(other).not.toBe(first)
    expect(server.requests[0]?.body).toBe('[{"to":"Ada","key":"a"},{"to":"Grace","key":"b"}]')
  })

  test('a request that failed in passing is sent again with the same key', async () => {
    await serve((_request, response) => {
      if (server.requests.length === 1) sendStatus(response, 500)
      else sendJson(response, {})
    })
    await writer().write(letters('Ada'), pluggedContext({ keys: ['1'] }))
    expect(sent()).toEqual([
      ['Ada', '1'],
      ['Ada', '1'],
    ])
  })

  test('without a key a request that may have taken effect is sent once', async () => {
    await serve((_request, response) => sendStatus(response, 500))
    const error: unknown = await writer({ idempotencyKey: false })
      .write(letters('Ada'), pluggedContext({ keys: ['1'] }))
      .catch((thrown: unknown) => thrown)
    expect(isTransientHttpError(error)).toBe(true)
    expect(sent()).toEqual([['Ada', undefined]])
  })

  test('when one of several requests fails, no other is begun, and those under way are awaited', async () => {
    const done: string[] = []
    await serve(async ({ body }, response) => {
      const { to } = JSON.parse(body) as Letter
      if (to === 'b') return sendStatus(response, 403, 'not allowed')
      await server.untilRequests(4)
      await new Promise((resolve) => setTimeout(resolve, 20))
      done.push(to)
      return sendStatus(response, to === 'a' ? 422 : 200)
    })
    const keys = 'abcdefgh'.split('')
    const write = writer({ requestConcurrency: 4 }).write(letters(...keys), pluggedContext({ keys }))
    // The item that was refused came first, but the other error is about more than an item.
    await expect(write).rejects.toMatchObject({ code: 'BATCH_HTTP_STATUS', status: 403 })
    expect(done.toSorted()).toEqual(['a', 'c', 'd'])
    expect(server.requests).toHaveLength(4)
  })

  test('an aborted signal ends the requests under way, and nothing more is sent', async () => {
    await serve(() => undefined)
    const stop = new AbortController()
    const keys = 'abcdef'.split('')
    const write = writer({ requestConcurrency: 2 }).write(
      letters(...keys),
      pluggedContext({ keys, signal: stop.signal }),
    )
    await server.untilRequests(2)
    const reason = new Error('stop')
    stop.abort(reason)
    await expect(write).rejects.toBe(reason)
    expect(server.requests).toHaveLength(2)
  })

  test('a step skips the items that are refused, and sends the others again with their keys', async () => {
    const taken = new Map<unknown, string>()
    await serve(({ body, headers }, response) => {
      const { to } = JSON.parse(body) as Letter
      if (to === '') return sendStatus(response, 422, 'no address')
      // As a service does that honours the key.
      taken.set(headers['idempotency-key'], to)
      return sendJson(response, {})
    })
    const skipped: unknown[] = []
    const step = chunkStep('send', {
      chunkSize: 3,
      reader: () => new ListItemReader(letters('Ada', '', 'Grace', 'Kay', 'Jean')),
      writer: writer({ requestConcurrency: 3 }),
      skip: {
        limit: 1,
        on: [HttpItemRefusedError],
        to: (dead) =>
          void skipped.push(...dead.map(({ item, error }) => [item, (error as HttpItemRefusedError).status])),
      },
    })
    const execution = await runStep(step, { repository: new MemoryJobRepository() })
    expect(execution.status).toBe('COMPLETED')
    expect(execution.counts).toMatchObject({ read: 5, write: 4, writeSkip: 1 })
    expect(execution.guarantee).toBe('at-least-once')
    expect([...taken.values()]).toEqual(['Ada', 'Grace', 'Kay', 'Jean'])
    expect(skipped).toEqual([[{ to: '' }, 422]])
    expect(new Set(sent().map(([to, key]) => `${to} ${String(key)}`)).size).toBe(5)
  })

  test('a restart sends the chunk that was not committed with the same keys', async () => {
    let down = true
    await serve(({ body }, response) => {
      if (down && (JSON.parse(body) as Letter).to === 'Kay') sendStatus(response, 401)
      else sendJson(response, {})
    })
    const repository = new MemoryJobRepository()
    const step = chunkStep('send', {
      chunkSize: 2,
      reader: () => new ListItemReader(letters('Ada', 'Grace', 'Jean', 'Kay')),
      writer: writer(),
    })
    const failed = await runStep(step, { repository })
    expect(failed.status).toBe('FAILED')
    expect(failed.exitStatus.exitDescription).toContain('status 401')
    down = false
    expect((await runStep(step, { repository })).status).toBe('COMPLETED')
    expect(sent().map(([to]) => to)).toEqual(['Ada', 'Grace', 'Jean', 'Kay', 'Jean', 'Kay'])
    const keys = new Map<string, Set<unknown>>()
    for (const [to, key] of sent()) keys.set(to, (keys.get(to) ?? new Set()).add(key))
    expect([...keys.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1])
  })
})
