import { Agent } from 'undici'
import { describe, expectTypeOf, test } from 'vitest'
import { HttpClient, HttpEnrichProcessor, HttpItemWriter, HttpPagingItemReader } from '../../src/http.js'
import { chunkStep, type ItemProcessor, type ItemReader, type ItemWriter } from '../../src/index.js'

interface Order {
  readonly id: number
  readonly customer: string
}

const client = new HttpClient({ baseUrl: 'https://service.example.org/', dispatcher: new Agent() })
const request = { url: 'orders' }

describe('the types of readers, writers and processors over HTTP', () => {
  test('a reader reads its items, a writer writes them, and a processor is made of its functions', () => {
    const reader = new HttpPagingItemReader<Order>({
      client,
      request,
      pages: ({ items }) => (items.length === 0 ? null : { url: 'orders', query: { after: items.at(-1)?.id } }),
      key: ({ id }) => id,
    })
    expectTypeOf(reader).toExtend<ItemReader<Order>>()
    const writer = new HttpItemWriter<Order>({
      client,
      request: (order) => ({ url: 'x', method: 'POST', json: order }),
    })
    expectTypeOf(writer).toExtend<ItemWriter<Order>>()
    const single = new HttpEnrichProcessor({
      client,
      key: (order: Order) => order.customer,
      request: (id) => ({ url: id }),
      value: (response) => Number(response.text()),
      combine: (order, value) => ({ ...order, value }),
    })
    expectTypeOf(single).toExtend<ItemProcessor<Order, { value: number | undefined }>>()
    chunkStep('types', { chunkSize: 1, reader, processor: single, writer })
  })

  test('options that do not go together do not compile', () => {
    const bad = (): unknown => [
      // @ts-expect-error there is no such way to page
      new HttpPagingItemReader({ client, request, pages: { by: 'token' } }),
      // @ts-expect-error a cursor needs a parameter to be sent back in
      new HttpPagingItemReader({ client, request, pages: { by: 'cursor', at: 'next' } }),
      new HttpItemWriter<Order>({
        client,
        per: 'chunk',
        request: (orders, keys) => ({ url: 'x', json: [orders.length, keys.length] }),
        // @ts-expect-error a chunk is one request
        requestConcurrency: 2,
      }),
      // @ts-expect-error several keys go into a request
      new HttpEnrichProcessor({
        client,
        key: (order: Order) => order.customer,
        request: (id: string) => ({ url: id }),
        batchSize: 10,
        values: () => new Map<string, number>(),
        combine: (order: Order, value: number | undefined) => ({ ...order, value }),
      }),
    ]
    expectTypeOf(bad).toBeFunction()
  })
})
