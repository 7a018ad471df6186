// A process of its own that reads orders from a service, page by page, and writes them to a table or to the service.
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { HttpClient, HttpItemWriter, HttpPagingItemReader } from '../../../src/http.js'
import { chunkStep, job, JobExecutionAlreadyRunningError, JobOperator } from '../../../src/index.js'
import { PostgresBatchItemWriter, PostgresJobRepository } from '../../../src/postgres.js'

interface Order {
  readonly id: number
}

const [databaseUrl = '', serviceUrl = '', sink = ''] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
pool.on('error', () => undefined)
const client = new HttpClient({ baseUrl: serviceUrl })

const copy = chunkStep('copy', {
  chunkSize: 4,
  reader: () =>
    new HttpPagingItemReader<Order>({
      client,
      request: { url: 'orders' },
      items: 'orders',
      pages: { by: 'url', at: 'next' },
      key: 'id',
    }),
  writer:
    sink === 'table'
      ? new PostgresBatchItemWriter<Order>({ pool, table: 'target', columns: ['id'] })
      : new HttpItemWriter<Order>({
          client,
          request: ({ id }) => ({ method: 'POST', url: 'sink', json: { id } }),
          requestConcurrency: 2,
        }),
})
const copyJob = job('copy', { maxCrashes: 1_000 }).start(copy).build()
const operator = new JobOperator({ repository: new PostgresJobRepository({ pool }), ownerGrace: '100ms' })
for (;;) {
  try {
    const { status } = await operator.run(copyJob)
    console.log(status)
    break
  } catch (error) {
    // The server may need a moment to see that the one before us is dead.
    if (!(error instanceof JobExecutionAlreadyRunningError)) throw error
    await delay(50)
  }
}
await operator.close()
await client.close()
await pool.end()
