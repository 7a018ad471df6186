// A process that writes a file by a step, and may be allowed to write short files only. Written against the package as it
// is published. Its one argument is a FullDiskOrder as JSON; it prints what came of the step.
import { createHash } from 'node:crypto'
import pg from 'pg'
import { chunkStep, job, JobOperator } from 'chunkwise'
import { FlatFileItemWriter } from 'chunkwise/file'
import { PostgresJobRepository } from 'chunkwise/postgres'

const { url, resource, items, chunkSize, options } = JSON.parse(process.argv[2])
// 63 characters and a line end.
const line = (id) => createHash('sha256').update(String(id)).digest('hex').slice(1)

const fill = chunkStep('fill', {
  chunkSize,
  reader: () => Array.from({ length: items }, (_, index) => index + 1),
  writer: new FlatFileItemWriter({ resource, columns: { line }, ...options }),
})
const pool = new pg.Pool({ connectionString: url })
const operator = new JobOperator({ repository: new PostgresJobRepository({ pool }) })
const execution = await operator.run(job('fillDisk').start(fill).build())
await operator.close()
await pool.end()
const { status, counts } = execution.stepExecutions[0]
const failures = execution.failures.map(({ code, file, message, cause }) => ({
  code,
  file,
  message,
  system: cause?.code,
}))
console.log(JSON.stringify({ status, counts, failures }))
