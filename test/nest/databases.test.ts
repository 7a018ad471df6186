import { once } from 'node:events'
import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common'
import { type ItemContext, type ItemWriter, JobOperator } from 'chunkwise'
import { ChunkStep, Job, Step } from 'chunkwise/decorators'
import { MysqlBatchItemWriter } from 'chunkwise/mysql'
import { ChunkwiseModule } from 'chunkwise/nestjs'
import { PostgresBatchItemWriter } from 'chunkwise/postgres'
import { describe, expect, it } from 'vitest'
import { type AnyPool, ask, isMysql, repositoryOn, SQL_DATABASES } from '../support/sql-databases.js'
import { started } from './nest.js'

const ROWS = 20

interface Row {
  readonly id: number
}

/** The pool of an application, which is closed with it. */
@Injectable()
class Database implements OnApplicationShutdown {
  #ended: Promise<void> | undefined

  constructor(readonly pool: AnyPool) {}

  writer(): ItemWriter<Row> {
    const [{ pool }, table, columns] = [this, 'target', ['id'] as const]
    if (isMysql(pool)) return new MysqlBatchItemWriter<Row>({ pool, table, columns })
    return new PostgresBatchItemWriter<Row>({ pool, table, columns })
  }

  // It is called once more when the test ends.
  async onApplicationShutdown() {
    await (this.#ended ??= this.pool.end())
  }
}

/** Whether the step waits in its third chunk until it is stopped, and whom it tells. */
class Hold {
  readonly reached: Promise<void>
  tell = () => {}

  constructor(readonly isOn: boolean) {
    this.reached = new Promise((resolve) => (this.tell = resolve))
  }
}

@ChunkStep({ chunkSize: 2 })
class Copy {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Hold) private readonly hold: Hold,
  ) {}

  async *read() {
    for (let id = 1; id <= ROWS; id++) yield { id }
  }

  async process(row: Row, { signal }: ItemContext) {
    if (this.hold.isOn && row.id === 5) {
      this.hold.tell()
      await once(signal, 'abort')
      signal.throwIfAborted()
    }
    return row
  }

  writer() {
    return this.database.writer()
  }
}

@Job({ name: 'copy' })
class CopyJob {
  @Step()
  copy() {
    return Copy
  }
}

/** An application on a pool of its own. */
async function application(pool: AnyPool, hold: Hold) {
  @Module({ providers: [{ provide: Database, useValue: new Database(pool) }], exports: [Database] })
  class DatabaseModule {}
  const made = await started({
    imports: [
      DatabaseModule,
      ChunkwiseModule.forRootAsync({
        imports: [DatabaseModule],
        inject: [Database],
        useFactory: (database: Database) => ({ repository: repositoryOn(database.pool), stopPollInterval: '50ms' }),
      }),
    ],
    providers: [{ provide: Hold, useValue: hold }, Copy, CopyJob],
  })
  return { operator: made.get(JobOperator), close: () => made.close() }
}

describe.each(SQL_DATABASES)('an application on $on', ({ make }) => {
  it('that is closed while a job runs stops it, and another one runs it to its end, each row once', async () => {
    const database = await make()
    const looking = database.pool()
    await ask(looking, 'create table target (id integer)')

    const hold = new Hold(true)
    const first = await application(database.pool(), hold)
    const { execution, result } = await first.operator.start('copy')
    await hold.reached
    await first.close()
    expect((await result).status).toBe('STOPPED')
    const stored = await repositoryOn(looking).getJobExecution(execution.id)
    expect(stored?.status).toBe('STOPPED')
    expect(stored?.stepExecutions[0]).toMatchObject({ guarantee: 'exactly-once', counts: { write: 4 } })

    const second = await application(database.pool(), new Hold(false))
    const restarted = await second.operator.run('copy')
    expect(restarted).toMatchObject({ status: 'COMPLETED', jobInstance: { id: execution.jobInstance.id } })
    await second.close()
    const rows = await ask(looking, 'select id from target order by id')
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1))
    const [leases] = await ask(looking, 'select count(*) as leases from BATCH_JOB_LEASE')
    expect(Number(leases?.['leases'])).toBe(0)
  })
})
