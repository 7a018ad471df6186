import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { SchemaError } from '../../../src/domain/ownership-errors.js'
import { InvalidOptionError } from '../../../src/domain/option-error.js'
import { PostgresJobRepository } from '../../../src/repository/postgres/postgres-job-repository.js'
import { ContractBench } from '../../../src/testing/contract-bench.js'
import { freshDatabase } from '../../support/databases.js'
import { instanceSequence, SPRING_TABLES } from './spring-schema.js'

/** Every column, constraint and sequence of Spring's tables, as the catalog tells them. */
async function catalog(pool: pg.Pool): Promise<unknown> {
  const columns = await pool.query(
    `select table_name, ordinal_position, column_name, data_type, character_maximum_length, datetime_precision,
        is_nullable, column_default
      from information_schema.columns
      where table_name ~ '^batch_(job_instance|(job|step)_execution)' and table_schema = 'public'
      order by table_name, ordinal_position`,
  )
  const constraints = await pool.query(
    `select conrelid::regclass::text as table_name, conname, pg_get_constraintdef(oid) as definition
      from pg_constraint where contype in ('p', 'u', 'f') and conrelid::regclass::text ~ '^batch_'
        and conrelid::regclass::text !~ '^batch_(owner|job_lease|step_range|schema)'
      order by 1, 2`,
  )
  const sequences = await pool.query(
    `select sequencename, start_value, min_value, max_value, increment_by, cycle, cache_size, data_type::text
      from pg_sequences where schemaname = 'public' order by 1`,
  )
  return { columns: columns.rows, constraints: constraints.rows, sequences: sequences.rows }
}

describe('the schema on PostgreSQL', () => {
  test("the tables are Spring Batch's, column for column", async () => {
    const [ours, springs] = await Promise.all([freshDatabase(), freshDatabase()])
    const [pool, springPool] = [ours.pool(), springs.pool()]
    await new PostgresJobRepository({ pool }).initializeSchema()
    await springPool.query(SPRING_TABLES + instanceSequence('BATCH_JOB_INSTANCE_SEQ'))
    const expected = await catalog(springPool)
    expect(await catalog(pool)).toEqual(expected)
    expect((expected as { columns: unknown[] }).columns).toHaveLength(4 + 10 + 5 + 19 + 3 + 3)
  })

  test('foreign keys have indexes', async () => {
    const pool = (await freshDatabase()).pool()
    await new PostgresJobRepository({ pool }).initializeSchema()
    const { rows } = await pool.query(
      `select c.conname from pg_constraint c where contype = 'f' and not exists (
        select 1 from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1])`,
    )
    expect(rows).toEqual([])
  })

  for (const sequence of ['BATCH_JOB_INSTANCE_SEQ', 'BATCH_JOB_SEQ'] as const) {
    test(`tables that Spring Batch made, with ${sequence}, are adopted and restarted from`, async () => {
      const pool = (await freshDatabase()).pool()
      await pool.query(SPRING_TABLES + instanceSequence(sequence))
      await pool.query(`
        select setval('${sequence}', 7);
        select setval('BATCH_JOB_EXECUTION_SEQ', 9);
        insert into BATCH_JOB_INSTANCE values (7, 0, 'javaJob', 'c10c24e08259063ee40f28b6aa617f12');
        insert into BATCH_JOB_EXECUTION values (9, 2, 7, '2024-02-29 10:00:00.123456', '2024-02-29 10:00:01', null,
          'FAILED', 'FAILED', 'java.lang.RuntimeException', '2024-02-29 10:00:02');
        insert into BATCH_JOB_EXECUTION_PARAMS values (9, 'run.id', 'java.lang.Long', '1', 'Y');
        insert into BATCH_JOB_EXECUTION_CONTEXT values (9, '{"at":["java.lang.Long",5]}', null)`)
      const repository = new PostgresJobRepository({ pool })
      await repository.initializeSchema()
      const stored = await repository.getJobExecution(9)
      expect(stored?.createTime).toEqual(new Date('2024-02-29T10:00:00.123Z'))
      const bench = new ContractBench(repository)
      const parameters = new Map([['run.id', { type: 'long', value: 1, identifying: true } as const]])
      const { execution } = await bench.start(await bench.owner(), { jobName: 'javaJob', parameters })
      expect(execution.jobInstance.id).toBe(7)
      expect(execution.id).toBe(10)
      expect(execution.executionContext.toObject()).toEqual({ at: 5n })
      const other = await bench.start(await bench.owner(), { jobName: 'javaJob' })
      expect(other.execution.jobInstance.id).toBe(8)
      await bench.dispose()
    })
  }

  test('an execution that runs without a lease is that of another program', async () => {
    const pool = (await freshDatabase()).pool()
    const repository = new PostgresJobRepository({ pool })
    await repository.initializeSchema()
    await pool.query(`
      insert into BATCH_JOB_INSTANCE values (1, 0, 'javaJob', 'd41d8cd98f00b204e9800998ecf8427e');
      insert into BATCH_JOB_EXECUTION values (1, 0, 1, now(), now(), null, 'STARTED', 'UNKNOWN', '', now())`)
    const bench = new ContractBench(repository)
    await expect(bench.start(await bench.owner(), { jobName: 'javaJob' })).rejects.toMatchObject({
      code: 'BATCH_JOB_ALREADY_RUNNING',
      ownerId: undefined,
      jobExecutionId: 1,
    })
    await bench.dispose()
  })

  test('eight processes make the schema at once', async () => {
    const database = await freshDatabase()
    const repositories = Array.from(
      { length: 8 },
      () => new PostgresJobRepository({ pool: database.pool({ max: 2 }), schema: 'batch' }),
    )
    await Promise.all(repositories.map((repository) => repository.initializeSchema()))
    const { rows } = await database.pool().query('select version from batch.batch_schema_version order by 1')
    expect(rows).toEqual([{ version: 1 }, { version: 2 }, { version: 3 }])
  })

  test('the printed SQL makes the same schema, and may be run again', async () => {
    const [run, printed] = [(await freshDatabase()).pool(), (await freshDatabase()).pool()]
    await new PostgresJobRepository({ pool: run }).initializeSchema()
    const repository = new PostgresJobRepository({ pool: printed })
    await printed.query(repository.schemaSql())
    await printed.query(repository.schemaSql())
    expect(await catalog(printed)).toEqual(await catalog(run))
  })

  test('a schema that is up to date needs no right to create anything', async () => {
    const database = await freshDatabase()
    const pool = database.pool()
    await new PostgresJobRepository({ pool, schema: 'batch' }).initializeSchema()
    const role = `reader_${database.name}`
    await pool.query(`create role ${role}; grant usage on schema batch to ${role};
      grant select on batch.batch_schema_version to ${role}`)
    const limited = database.pool({ options: `-c role=${role}` })
    await new PostgresJobRepository({ pool: limited, schema: 'batch' }).initializeSchema()
    const refused = new PostgresJobRepository({ pool: limited, schema: 'other' }).initializeSchema()
    await expect(refused).rejects.toThrow(SchemaError)
    await limited.end()
    await pool.query(`drop owned by ${role}; drop role ${role}`)
  })

  test('prefixes and schemas stand side by side, reserved words included', async () => {
    const pool = (await freshDatabase()).pool()
    const names = [{}, { prefix: 'app_' }, { schema: 'order' }, { schema: 'Order', prefix: '' }]
    for (const options of names) {
      const repository = new PostgresJobRepository({ pool, ...options })
      await repository.initializeSchema()
      const bench = new ContractBench(repository)
      const started = await bench.start(await bench.owner(), { jobName: 'job' })
      const step = await bench.step(started.lease)
      await bench.checkpoint(step, started.lease)
      await bench.finish(started)
      await bench.dispose()
      expect(await repository.listJobNames()).toEqual(['job'])
      expect(await repository.listJobInstances('job')).toHaveLength(1)
    }
    const { rows } = await pool.query(
      `select schemaname || '.' || relname as name from pg_stat_user_tables where relname like '%job_instance'
        order by 1`,
    )
    expect(rows.map(({ name }) => name as string)).toEqual([
      'order.batch_job_instance',
      'order.job_instance',
      'public.app_job_instance',
      'public.batch_job_instance',
    ])
  })

  test('names that would have to be quoted are refused', async () => {
    const pool = (await freshDatabase()).pool()
    for (const name of ['a"b', "a'b", 'a b', 'a.b', '1a', 'é', 'x'.repeat(64), 5, null]) {
      expect(() => new PostgresJobRepository({ pool, schema: name as string })).toThrow(InvalidOptionError)
    }
    expect(() => new PostgresJobRepository({ pool, prefix: 'a"b' })).toThrow('PostgresJobRepository.prefix')
    expect(() => new PostgresJobRepository({ pool: {} as never })).toThrow('PostgresJobRepository.pool')
    expect(() => new PostgresJobRepository({ pool, scheme: 'a' } as never)).toThrow('"schema"')
  })

  test('without tables every call says what to do', async () => {
    const repository = new PostgresJobRepository({ pool: (await freshDatabase()).pool() })
    const bench = new ContractBench(repository)
    await expect(bench.owner()).rejects.toThrow(SchemaError)
    await expect(repository.listJobNames()).rejects.toThrow('initializeSchema')
    await expect(bench.start({ ownerId: 'o' } as never)).rejects.toThrow(SchemaError)
    await expect(repository.requestStop(1)).rejects.toThrow(SchemaError)
  })
})
