import type { ServerResponse } from 'node:http'
import { HttpClient, HttpPagingItemReader, type HttpPage, type HttpPages } from '../../../src/http.js'
import type { ReaderUnderTest } from '../../../src/testing.js'
import { sendJson, type ServedRequest, TestServer } from './test-server.js'

/** An item of the service. */
export interface Order {
  readonly id: number
}

export const ORDERS: readonly Order[] = Array.from({ length: 23 }, (_, index) => ({ id: index + 1 }))

/** Page `number`, from 1, five orders a page. An empty one stands after the second, as services that filter give. */
const PAGES = [
  ORDERS.slice(0, 5),
  ORDERS.slice(5, 10),
  [],
  ORDERS.slice(10, 15),
  ORDERS.slice(15, 20),
  ORDERS.slice(20),
]
const FULL = PAGES.filter((page) => page.length > 0)

function numbered(url: URL, parameter: string): number {
  return Number(url.searchParams.get(parameter) ?? 1)
}

/** How each way of paging is served, and how the reader is told of it. */
export const STRATEGIES: Readonly<
  Record<
    string,
    { readonly pages: HttpPages<Order>; readonly answer: (request: ServedRequest, response: ServerResponse) => void }
  >
> = {
  'a link header': {
    pages: { by: 'link' },
    answer({ url }, response) {
      const at = numbered(url, 'p')
      const link = at < PAGES.length ? `</orders?p=1>; rel="first", </orders?p=${at + 1}>; title="a, b"; rel=next` : ''
      sendJson(response, { orders: PAGES[at - 1], total: 23 }, link === '' ? {} : { link })
    },
  },
  'the next address in the body': {
    pages: { by: 'url', at: 'links.next' },
    answer({ url }, response) {
      const at = numbered(url, 'p')
      const next = at < PAGES.length ? `?p=${at + 1}` : null
      sendJson(response, { orders: PAGES[at - 1], links: { next }, total: 23 })
    },
  },
  'a cursor': {
    pages: { by: 'cursor', at: 'next', parameter: 'after' },
    answer({ url }, response) {
      const at = numbered(url, 'after')
      sendJson(response, { orders: PAGES[at - 1], total: 23, ...(at < PAGES.length ? { next: at + 1 } : {}) })
    },
  },
  'page numbers': {
    pages: { by: 'page' },
    answer({ url }, response) {
      sendJson(response, { orders: FULL[numbered(url, 'page') - 1] ?? [], total: 23 })
    },
  },
  'page numbers and a flag': {
    pages: { by: 'page', parameter: 'p', first: 0, more: ({ body }: HttpPage) => !(body as { last: boolean }).last },
    answer({ url }, response) {
      const at = numbered(url, 'p')
      sendJson(response, { orders: FULL[at], last: at === FULL.length - 1, total: 23 })
    },
  },
  'an offset, of a service that gives fewer than it is asked for': {
    pages: { by: 'offset' },
    answer({ url }, response) {
      const offset = Number(url.searchParams.get('offset'))
      sendJson(response, { orders: ORDERS.slice(offset, offset + (offset === 0 ? 3 : 5)), total: 23 })
    },
  },
  'a function': {
    pages: ({ items }) => {
      const last = items.at(-1)?.id
      return last === undefined ? null : { method: 'POST', url: 'search', json: { after: last }, idempotent: true }
    },
    answer({ body }, response) {
      const after = body === '' ? 0 : (JSON.parse(body) as { after: number }).after
      sendJson(response, { orders: ORDERS.slice(after, after + 5), total: 23 })
    },
  },
}

/** A service that pages in one of these ways, with readers of it. */
export interface PagedService extends ReaderUnderTest<Order> {
  readonly server: TestServer
  reader(): HttpPagingItemReader<Order>
  dispose(): Promise<void>
}

/** Starts such a service. */
export async function pagedService(name: string, prefetch: boolean): Promise<PagedService> {
  const { pages, answer } = STRATEGIES[name] as NonNullable<(typeof STRATEGIES)[string]>
  const server = await TestServer.start(answer)
  const client = new HttpClient({ baseUrl: server.url })
  return {
    server,
    expected: ORDERS,
    reader: () =>
      new HttpPagingItemReader<Order>({
        client,
        request: { url: 'orders', query: { status: 'open' } },
        items: 'orders',
        pages,
        total: 'total',
        key: 'id',
        prefetch,
      }),
    async dispose() {
      await client.close()
      await server[Symbol.asyncDispose]()
    },
  }
}
