import { describe, it } from 'vitest'
import { HttpClient, HttpItemWriter } from '../../../src/http.js'
import { itemWriterContract } from '../../../src/testing.js'
import { sendJson, TestServer } from './test-server.js'

interface Row {
  readonly n: number
}

const items: readonly Row[] = Array.from({ length: 15 }, (_, n) => ({ n }))

/** A request an item, one after another, or one a chunk: what the service has got is in the order of the items. */
const WAYS = {
  'a request an item': { request: (row: Row) => ({ method: 'POST', url: 'rows', json: [row] }) },
  'a request a chunk': {
    per: 'chunk',
    request: (rows: readonly Row[]) => ({ method: 'POST', url: 'rows', json: rows }),
  },
} as const

for (const [name, way] of Object.entries(WAYS)) {
  itemWriterContract(
    { describe, it },
    {
      name: `HttpItemWriter, ${name}`,
      async create() {
        const server = await TestServer.start((_request, response) => sendJson(response, {}))
        const client = new HttpClient({ baseUrl: server.url })
        return {
          items,
          writer: () =>
            new HttpItemWriter<Row>({ client, ...way } as ConstructorParameters<typeof HttpItemWriter<Row>>[0]),
          written: () => server.requests.flatMap(({ body }) => JSON.parse(body) as Row[]),
          async dispose() {
            await client.close()
            await server[Symbol.asyncDispose]()
          },
        }
      },
    },
  )
}
