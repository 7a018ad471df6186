// Orders of a shop, page by page, into a table: npx tsx examples/http-to-postgres/main.ts [postgres URL]
// The shop is broken at first; the restart goes on with the page it was on, and each order is in the table once.
import pg from 'pg'
import { chunkStep, job, JobOperator } from 'chunkwise'
import { HttpClient, HttpPagingItemReader } from 'chunkwise/http'
import { PostgresBatchItemWriter, PostgresJobRepository } from 'chunkwise/postgres'
import { type DemoService, startDemoService } from '../demo-service.js'
import { isMain } from '../is-main.js'

interface Order {
  readonly id: number
  readonly customer: string
  readonly cents: number
}

const ORDERS = 1_000
const LIMIT = 100

/** What the two runs of the job did. */
export interface Outcome {
  readonly statuses: readonly string[]
  /** How many orders each run read. */
  readonly read: readonly number[]
  /** What the table holds at the end. */
  readonly rows: number
  readonly cents: number
}

/** Loads the orders into the database that `url` names. */
export async function main(url: string): Promise<Outcome> {
  const shopState = { isBroken: true }
  await using shop = await startShop(shopState)
  await using client = new HttpClient({
    baseUrl: shop.url,
    headers: { authorization: 'Bearer secret' },
    rateLimit: { requests: 50, per: '1s' },
    retry: { maxAttempts: 2, backoff: '10ms' },
  })
  const pool = new pg.Pool({ connectionString: url })
  await pool.query('create table orders (id integer primary key, customer text, cents integer)')

  const load = chunkStep('load', {
    chunkSize: LIMIT,
    // The token that leads to the next page is the checkpoint: here, the cursor that the shop gives.
    reader: () =>
      new HttpPagingItemReader<Order>({
        client,
        request: { url: 'orders', query: { limit: LIMIT } },
        items: 'orders',
        pages: { by: 'cursor', at: 'next', parameter: 'after' },
        total: 'total',
        key: 'id',
      }),
    writer: new PostgresBatchItemWriter<Order>({ pool, table: 'orders', columns: ['id', 'customer', 'cents'] }),
  })
  const loadOrders = job('loadOrders', { parameters: { day: 'string' } })
    .start(load)
    .build()

  const repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
  try {
    await using operator = new JobOperator({ repository })
    const failed = await operator.run(loadOrders, { day: '2026-01-31' })
    shopState.isBroken = false
    const completed = await operator.run(loadOrders, { day: '2026-01-31' })
    const { rows } = await pool.query<{ rows: number; cents: number }>(
      'select count(*)::int as rows, sum(cents)::int as cents from orders',
    )
    return {
      statuses: [failed.status, completed.status],
      read: [failed, completed].map(({ stepExecutions }) => stepExecutions[0]?.counts.read ?? 0),
      rows: rows[0]?.rows ?? 0,
      cents: rows[0]?.cents ?? 0,
    }
  } finally {
    await pool.end()
  }
}

/** A shop that gives its orders by cursor, and no order from 501 on while it is broken. */
function startShop(state: { readonly isBroken: boolean }): Promise<DemoService> {
  return startDemoService(({ searchParams }, response) => {
    const after = Number(searchParams.get('after') ?? 0)
    if (state.isBroken && after >= 500) {
      response.statusCode = 503
      return { error: 'the shop is being repaired' }
    }
    const orders = Array.from({ length: Math.min(LIMIT, ORDERS - after) }, (_, index) => {
      const id = after + index + 1
      return { id, customer: `customer ${id % 7}`, cents: id * 10 }
    })
    return { orders, total: ORDERS, next: after + LIMIT < ORDERS ? after + LIMIT : null }
  })
}

if (isMain(import.meta.url)) {
  const url = process.argv[2] ?? process.env['DATABASE_URL']
  if (url === undefined) throw new Error('give the URL of an empty PostgreSQL database')
  console.log(await main(url))
}
