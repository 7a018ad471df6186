import { describe, expect, test } from 'vitest'
import { HttpClient, HttpEnrichProcessor, HttpItemWriter, HttpPagingItemReader } from '../../../src/http.js'

const baseUrl = 'https://service.example.org/'
const client = new HttpClient({ baseUrl })
const request = (): { readonly url: string } => ({ url: '' })

const CASES: readonly (readonly [make: () => unknown, message: string])[] = [
  [() => new HttpClient({ baseUrl: 'service' }), 'HttpClient.baseUrl must be the address of an http or https service'],
  [() => new HttpClient({ baseUrl: 'ftp://a' }), 'HttpClient.baseUrl'],
  [
    () => new HttpClient({ baseUrl: 'https://me:secret@a/' }),
    'credentials: send them in `headers`, but is "https://a/"',
  ],
  [() => new HttpClient({ baseUrl, allowedOrigins: ['a'] }), 'HttpClient.allowedOrigins[0] must be an origin'],
  [() => new HttpClient({ baseUrl, connections: 0 }), 'HttpClient.connections must be a whole number from 1'],
  [() => new HttpClient({ baseUrl, timeouts: { headers: 0 } }), 'HttpClient.timeouts.headers must be a duration'],
  [() => new HttpClient({ baseUrl, rateLimit: { requests: 0, per: '1s' } }), 'HttpClient.rateLimit.requests'],
  [
    () => new HttpClient({ baseUrl, retry: { statuses: [200] } }),
    'HttpClient.retry.statuses[0] must be a whole number',
  ],
  [() => new HttpClient({ baseUrl, dispatcher: {} as never }), 'HttpClient.dispatcher must be a dispatcher of undici'],
  [
    () => new HttpClient({ baseUrl, dispatcher: { dispatch: () => true }, proxy: 'http://proxy' }),
    'HttpClient.proxy must be left out where there is a `dispatcher`',
  ],
  [() => new HttpClient({ baseUrl, connection: 1 } as never), 'HttpClient.connection must be "connections"'],
  [
    () => new HttpPagingItemReader({ client, request: request(), pages: { by: 'cursor', at: '', parameter: 'a' } }),
    "HttpPagingItemReader.pages.at must be a path such as 'meta.next', or a function",
  ],
  [
    () => new HttpPagingItemReader({ client, request: request(), pages: { by: 'token' } as never }),
    'pages.by must be one of',
  ],
  [() => new HttpPagingItemReader({ client: {} as never, request: request(), pages: { by: 'link' } }), 'an HttpClient'],
  [() => new HttpItemWriter({ client, request: 'post' as never }), 'HttpItemWriter.request must be a function'],
  [
    () => new HttpItemWriter({ client, per: 'chunk', request, requestConcurrency: 2 } as never),
    'HttpItemWriter.requestConcurrency must be left out',
  ],
  [
    () =>
      new HttpEnrichProcessor({
        client,
        key: () => 'a',
        request,
        combine: () => 1,
        batchSize: 1,
        values: () => new Map(),
      }),
    'HttpEnrichProcessor.batchSize must be a whole number from 2',
  ],
]

describe('the options of chunkwise/http', () => {
  test.each(CASES)('%# are checked with the value quoted', (make, message) => {
    expect(make).toThrow(message)
  })

  test('a request that cannot be sent says why', async () => {
    await expect(client.request({ url: 'http://[' })).rejects.toThrow('request.url must be the address')
    await expect(client.request({ url: 'mailto:a@b' })).rejects.toThrow('request.url must be the address')
    await expect(client.request({ url: '', method: 'G T' })).rejects.toThrow('request.method')
    await expect(client.request({ url: '', json: () => 1 })).rejects.toThrow('request.json must be a value that JSON')
    await expect(client.request({ url: '', json: 1, body: '1' })).rejects.toThrow('request.body must be left out')
  })
})
