import { beforeAll, describe, it } from 'vitest'
import { PostgresJobRepository } from '../../../src/repository/postgres/postgres-job-repository.js'
import { jobRepositoryContract } from '../../../src/testing/job-repository-contract.js'
import { freshDatabase } from '../../support/databases.js'

let repository: PostgresJobRepository

beforeAll(async () => {
  const database = await freshDatabase()
  repository = new PostgresJobRepository({ pool: database.pool({ max: 12 }) })
  await repository.initializeSchema()
})

jobRepositoryContract({ describe, it }, async () => ({ repository }))
