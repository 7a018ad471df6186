// A process that runs very many partitions, with as little memory as its flags leave it. Written against the package as it
// is published. Its one argument is { partitions, url? } as JSON; it prints what came of it as JSON.
import mysql from 'mysql2/promise'
import pg from 'pg'
import { chunkStep, job, JobOperator, MemoryJobRepository, partitionStep } from 'chunkwise'
import { MysqlJobRepository } from 'chunkwise/mysql'
import { PostgresJobRepository } from 'chunkwise/postgres'

const order = JSON.parse(process.argv[2])
/** So much does each worker hold while it runs: of all partitions together it would be far too much. */
const HELD = 2_000
const [pool, repository] = open(order.url)
await repository.initializeSchema?.()

const worker = chunkStep('worker', {
  chunkSize: HELD,
  reader: ({ executionContext }) => {
    const first = executionContext.get('first')
    return Array.from({ length: HELD }, (_, index) => ({ id: first + index }))
  },
  writer: () => undefined,
})
const load = partitionStep('load', {
  *partitioner() {
    for (let index = 0; index < order.partitions; index++) {
      yield { name: `part ${index}`, context: { first: index * HELD, note: 'x'.repeat(200) } }
    }
  },
  step: worker,
  gridSize: 8,
})

const operator = new JobOperator({ repository })
const { id, status, stepExecutions } = await operator.run(job('flood').start(load).build())
const kept = stepExecutions.length
const stored = pool === undefined ? undefined : (await operator.execution(id)).stepExecutions.length
await operator.close()
await pool?.end()
console.log(
  JSON.stringify({ status, kept, stored, read: stepExecutions[0].counts.read, expected: order.partitions * HELD }),
)

function open(url) {
  if (url === undefined) return [undefined, new MemoryJobRepository()]
  if (url.startsWith('mysql:')) {
    const pool = mysql.createPool({ uri: url, connectionLimit: 9 })
    return [pool, new MysqlJobRepository({ pool })]
  }
  const pool = new pg.Pool({ connectionString: url, max: 9 })
  return [pool, new PostgresJobRepository({ pool })]
}
