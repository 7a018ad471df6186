import { MysqlJobRepository } from 'chunkwise/mysql'
import type mysql from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { OwnershipLostError } from '../../../src/domain/ownership-errors.js'
import type { StepExecution } from '../../../src/domain/step-execution.js'
import type { Lease } from '../../../src/repository/lease.js'
import { ContractBench } from '../../../src/testing/contract-bench.js'
import type { SqlTransaction } from '../../../src/transaction/sql-transaction.js'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'

const database = await freshMysqlDatabase()
const pool = database.pool()
await new MysqlJobRepository({ pool }).initializeSchema()

interface Scene {
  readonly repository: MysqlJobRepository
  readonly lease: Lease
  readonly step: StepExecution
  begin(): Promise<SqlTransaction>
}

const WRITES: readonly (readonly [what: string, save: (scene: Scene, transaction: SqlTransaction) => void])[] = [
  [
    'checkpoint',
    ({ repository, step, lease }, transaction) => void repository.saveCheckpoint(step, lease, transaction),
  ],
  [
    'range',
    ({ repository, step, lease }, transaction) => {
      const range = { ordinal: 1, from: 1, to: 2, isLast: false }
      void repository.saveRange({ stepExecution: step, range, counts: step.counts }, lease, transaction)
    },
  ],
]

// What a statement locks of the tables that it only reads depends on the isolation, and on the server.
describe.each(['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'])('at %s', (isolation) => {
  const isolated = database.pool()
  isolated.pool.on('connection', (connection) => {
    connection.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${isolation}`)
  })
  const repository = new MysqlJobRepository({ pool: isolated })

  async function scene(): Promise<Scene> {
    const bench = new ContractBench(repository)
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const begin = async (): Promise<SqlTransaction> => (await repository.transactionManager.begin({})) as SqlTransaction
    return { repository, lease, step, begin }
  }

  const leaseOf = ({ jobInstanceId }: Lease): string => `BATCH_JOB_LEASE WHERE JOB_INSTANCE_ID = ${jobInstanceId}`

  test.each(WRITES)('whoever has written a %s holds the lease until the transaction ends', async (_what, save) => {
    const it = await scene()
    // The first of an execution also asks for a stop.
    for (const attempt of [1, 2]) {
      const transaction = await it.begin()
      save(it, transaction)
      await transaction.flush()
      const take = pool.query(`SELECT 1 FROM ${leaseOf(it.lease)} FOR UPDATE NOWAIT`)
      await expect(take, `attempt ${attempt}`).rejects.toMatchObject({ code: expect.stringMatching(/LOCK/) })
      const share = pool.query(`SELECT 1 FROM ${leaseOf(it.lease)} LOCK IN SHARE MODE`)
      await expect(share, 'another chunk').resolves.toBeDefined()
      await transaction.rollback()
    }
    await expect(pool.query(`SELECT 1 FROM ${leaseOf(it.lease)} FOR UPDATE NOWAIT`)).resolves.toBeDefined()
  })

  test.each(WRITES)('a %s waits for a takeover that has not committed, and is refused then', async (_what, save) => {
    const it = await scene()
    const heir: mysql.PoolConnection = await pool.getConnection()
    try {
      await heir.query('START TRANSACTION')
      await heir.query(`UPDATE BATCH_JOB_LEASE SET OWNER_ID = 'heir' WHERE JOB_INSTANCE_ID = ${it.lease.jobInstanceId}`)
      const transaction = await it.begin()
      save(it, transaction)
      const flushed = transaction.flush().then(
        () => 'written' as const,
        (error: unknown) => error,
      )
      // The server answers from a cache that it refreshes only when nobody has asked for a tenth of a second.
      await expect.poll(() => waiting(), { timeout: 20_000, interval: 300 }).toBeGreaterThan(0)
      await heir.query('COMMIT')
      expect(await flushed).toBeInstanceOf(OwnershipLostError)
      await transaction.rollback()
    } finally {
      heir.release()
    }
  })

  /** How many transactions wait for a lock. */
  async function waiting(): Promise<number> {
    const [rows] = await pool.query<mysql.RowDataPacket[]>(
      `SELECT COUNT(*) AS n FROM information_schema.INNODB_TRX WHERE TRX_STATE = 'LOCK WAIT'`,
    )
    return Number(rows[0]?.['n'])
  }
})
