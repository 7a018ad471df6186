import { Test } from '@nestjs/testing'
import { JobOperator } from 'chunkwise'
import { AppModule, CopyService, Database } from './app.js'

test('a job is found, made by Nest, and runs', async () => {
  const application = await Test.createTestingModule({ imports: [AppModule] }).compile()
  expect(await application.get(CopyService).copy(5)).toBe('COMPLETED')
  expect(application.get(Database, { strict: false }).written).toEqual([1, 2, 3, 4, 5])
  await application.close()
})

test('the end of the application stops a running job before its database is closed', async () => {
  const application = await Test.createTestingModule({ imports: [AppModule] }).compile()
  await application.init()
  const database = application.get(Database, { strict: false })
  const written = new Promise<void>((resolve) => (database.afterWrite = resolve))
  const { result } = await application.get(JobOperator).start('copy', { count: 1_000_000 })
  await written
  await application.close()
  expect((await result).status).toBe('STOPPED')
  expect(database.atClose).toEqual(['0 running'])
})
