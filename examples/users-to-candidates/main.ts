// The whole job against a database: DATABASE_URL=postgres://… npx tsx examples/users-to-candidates/main.ts
import pg from 'pg'
import { type JobExecution, JobOperator } from 'chunkwise'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { isMain } from '../is-main.js'
import { candidateJob } from './candidate-job.js'
import { postgresItems } from './postgres/items.js'
import { createTables, insertUsers } from './postgres/schema.sql.js'

/** Finds the candidates among 2,000 users. Started again with the same day it is refused: that day is done. */
export async function main(databaseUrl: string | undefined = process.env['DATABASE_URL']): Promise<JobExecution> {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  try {
    await createTables(pool)
    await insertUsers(pool, 2_000)
    const repository = new PostgresJobRepository({ pool })
    await repository.initializeSchema()
    await using operator = new JobOperator({ repository })
    const execution = await operator.run(candidateJob(postgresItems(pool)), { before: new Date('2025-12-21') })
    execution.throwIfUnsuccessful()
    for (const { stepName, counts } of execution.stepExecutions) console.log(stepName, counts)
    return execution
  } finally {
    await pool.end()
  }
}

if (isMain(import.meta.url)) await main()
