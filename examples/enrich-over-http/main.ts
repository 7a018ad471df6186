// What another service knows of each item, asked for in batches; and a letter to each, sent once: npx tsx examples/enrich-over-http/main.ts
import { chunkStep, job, JobOperator, MemoryJobRepository } from 'chunkwise'
import { HttpClient, HttpEnrichProcessor, HttpItemRefusedError, HttpItemWriter } from 'chunkwise/http'
import { startDemoService } from '../demo-service.js'
import { isMain } from '../is-main.js'

interface Order {
  readonly id: number
  readonly customer: string
}

interface Customer {
  readonly id: string
  readonly name: string
  readonly mail: string
}

interface Letter {
  readonly to: string
  readonly text: string
}

const ORDERS: readonly Order[] = Array.from({ length: 20 }, (_, index) => ({
  id: index + 1,
  customer: ['ada', 'grace', 'kay', 'jean', 'nobody'][index % 5] as string,
}))

/** What the services were asked for, and what came of it. */
export interface Outcome {
  readonly status: string
  /** The customers of each request. */
  readonly lookUps: readonly (readonly string[])[]
  readonly letters: number
  /** Orders that were skipped because their letter was refused. */
  readonly refused: readonly string[]
}

/** Sends a letter for each order of a customer that is known. */
export async function main(): Promise<Outcome> {
  const lookUps: string[][] = []
  await using customers = await startDemoService(({ searchParams }) => {
    const ids = searchParams.getAll('id')
    lookUps.push(ids)
    return ids
      .filter((id) => id !== 'nobody')
      .map((id) => ({ id, name: id, mail: id === 'kay' ? '' : `${id}@example.org` }))
  })
  const letters = new Set<unknown>()
  await using post = await startDemoService((_url, response, { headers }) => {
    if (headers['x-recipient'] === '') {
      response.statusCode = 422
      return { error: 'no address' }
    }
    // A service that honours idempotency keys takes each letter once, however often it comes.
    letters.add(headers['idempotency-key'])
    return {}
  })
  await using customerClient = new HttpClient({ baseUrl: customers.url })
  await using postClient = new HttpClient({ baseUrl: post.url, connections: 4 })

  const refused: string[] = []
  const send = chunkStep('send', {
    chunkSize: 10,
    // So many items at once: what a look-up can bring together.
    itemConcurrency: 10,
    reader: ORDERS,
    processor: new HttpEnrichProcessor({
      client: customerClient,
      batchSize: 10,
      key: (order: Order) => order.customer,
      request: (ids) => ({ url: 'customers', query: { id: ids } }),
      values: (response) => new Map((response.json() as Customer[]).map((customer) => [customer.id, customer])),
      combine: (order, customer): Letter | null =>
        customer === undefined
          ? null
          : { to: customer.mail, text: `${customer.name}, order ${order.id} is on its way` },
    }),
    writer: new HttpItemWriter<Letter>({
      client: postClient,
      request: ({ to, text }) => ({
        method: 'POST',
        url: 'letters',
        headers: { 'x-recipient': to },
        json: { to, text },
      }),
      requestConcurrency: 4,
    }),
    skip: {
      limit: 10,
      on: [HttpItemRefusedError],
      to: (dead) => void refused.push(...dead.map(({ item }) => (item as Letter).text)),
    },
  })
  const notify = job('notify').start(send).build()
  await using operator = new JobOperator({ repository: new MemoryJobRepository() })
  const { status } = await operator.run(notify)
  return { status, lookUps, letters: letters.size, refused }
}

if (isMain(import.meta.url)) console.log(await main())
