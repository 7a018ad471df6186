import { beforeAll, describe, it } from 'vitest'
import { MysqlJobRepository } from '../../../src/repository/mysql/mysql-job-repository.js'
import { jobRepositoryContract } from '../../../src/testing/job-repository-contract.js'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'

let repository: MysqlJobRepository

beforeAll(async () => {
  const database = await freshMysqlDatabase()
  repository = new MysqlJobRepository({ pool: database.pool({ connectionLimit: 12 }) })
  await repository.initializeSchema()
})

jobRepositoryContract({ describe, it }, async () => ({ repository }))
