import { ExecutionContext } from '../../domain/execution-context.js'
import type { JobExecution } from '../../domain/job-execution.js'
import type { JobInstance } from '../../domain/job-instance.js'
import { javaTypeOf, parameterToText } from '../../domain/java-parameter.js'
import { jobKey } from '../../domain/job-key.js'
import { JobExecutionAlreadyRunningError } from '../../domain/launch-errors.js'
import type { JobParameters } from '../../domain/job-parameters.js'
import { withoutSecrets } from '../../domain/secret-parameters.js'
import { joinSql, sql, sqlName, type SqlText } from '../../sql/sql-text.js'
import type { JobExecutionRequest } from '../job-repository.js'
import type { Lease } from '../lease.js'
import { StartInDoubtError, UnknownOwnerError } from '../repository-errors.js'
import { checkRestart, type LastExecution } from '../restart-rules.js'
import { queueExecutions, readExecutions, readInstance, readParameters, selectParameters } from './execution-queries.js'
import { prepareNumbers, type RowNumbers } from './row-numbers.js'
import { RowReader } from './row-reader.js'
import { CommitOutcomeUnknownError } from '../../transaction/transaction-errors.js'
import type { SqlStore } from './sql-store.js'
import type { StepWriter } from './step-writer.js'
import { type Answer, readLocked, type SqlWork, transact, untilKnown } from './sql-work.js'

/** How often a claim is tried that meets a lease which is gone when it looks. */
const CLAIMS = 5

/** The ids of a start: the step's where it stores one. */
interface StartNumbers {
  readonly instances: RowNumbers
  readonly executions: RowNumbers
  readonly steps: RowNumbers | undefined
}

/** Who has an instance's lease. */
interface Holder {
  readonly ownerId: string | undefined
  readonly jobExecutionId: number
}

/** Starts job executions: one transaction each. */
export class JobStarter {
  readonly #store: SqlStore
  readonly #steps: StepWriter

  constructor(store: SqlStore, steps: StepWriter) {
    this.#store = store
    this.#steps = steps
  }

  async start(asked: JobExecutionRequest): Promise<JobExecution> {
    const request = { ...asked, parameters: withoutSecrets(asked.parameters) }
    let tried: Lease | undefined
    /** What nobody knows whether it holds its instance. */
    let doubtful: Lease | undefined
    const write = async (): Promise<JobExecution> => {
      try {
        return await this.#write(request, (lease) => (tried = lease))
      } catch (error) {
        if (error instanceof CommitOutcomeUnknownError) doubtful = tried
        throw error
      }
    }
    const read = async (): Promise<JobExecution | undefined> => {
      const found = await this.find(doubtful as Lease)
      doubtful = undefined
      return found
    }
    try {
      return await untilKnown(write, read)
    } catch (error) {
      throw doubtful === undefined ? error : new StartInDoubtError(doubtful, error)
    }
  }

  async #write(request: JobExecutionRequest, tries: (lease: Lease) => void): Promise<JobExecution> {
    const numbers = await this.#numbers(request)
    const answers = await transact(this.#store, request.ownerId, async (work) => {
      const { instance, jobExecutionId, stepExecutionId } = await this.#prepare(work, request, numbers)
      const lease = { ownerId: request.ownerId, jobInstanceId: instance.id, jobExecutionId }
      tries(lease)
      const last = await this.#claim(work, instance, lease)
      if (last !== undefined) checkRestart(request, instance, last)
      this.#insert(work, lease, request.parameters, last?.id)
      if (request.firstStep !== undefined && last === undefined) {
        const executionContext = new ExecutionContext()
        this.#steps.queueInsert(work, stepExecutionId(), { lease, stepName: request.firstStep, executionContext })
      }
      return queueExecutions(this.#store, work, [jobExecutionId])
    })
    return readExecutions(answers)[0] as JobExecution
  }

  async #numbers({ firstStep }: JobExecutionRequest): Promise<StartNumbers> {
    const { tables } = this.#store
    return {
      instances: await prepareNumbers(this.#store, tables.jobInstanceIds, 1),
      executions: await prepareNumbers(this.#store, tables.jobExecutionIds, 1),
      steps: firstStep === undefined ? undefined : await prepareNumbers(this.#store, tables.stepExecutionIds, 1),
    }
  }

  /** Finds or makes the instance, and takes an id for the execution. */
  async #prepare(
    work: SqlWork,
    { jobName, parameters, ownerId }: JobExecutionRequest,
    numbers: StartNumbers,
  ): Promise<{
    readonly instance: JobInstance
    readonly jobExecutionId: number
    readonly stepExecutionId: () => number
  }> {
    const { tables, dialect } = this.#store
    const key = jobKey(parameters)
    // Locked, so that a prune does not delete it meanwhile; by its id, since MySQL would else lock the index of its name only.
    const find = sql`SELECT JOB_INSTANCE_ID, JOB_NAME, JOB_KEY FROM ${tables.jobInstance} WHERE JOB_INSTANCE_ID =
      (SELECT JOB_INSTANCE_ID FROM ${tables.jobInstance} WHERE JOB_NAME = ${jobName} AND JOB_KEY = ${key})
      ${dialect.forKeyShare}`
    // The lock keeps others from removing the owner as unused while it takes its first lease.
    work.require(
      sql`SELECT 1 FROM ${tables.owner} WHERE OWNER_ID = ${ownerId} ${dialect.forKeyShare}`,
      (cause) => new UnknownOwnerError(ownerId, { cause }),
    )
    const executionId = numbers.executions.take(work)
    const stepExecutionId = numbers.steps?.take(work)
    let found = await work.rows(find)
    if (found.length === 0) {
      const instanceId = numbers.instances.take(work)
      await work.flush()
      const [id = 0] = instanceId()
      work.queue(
        dialect.orIgnore(
          sql`INSERT INTO ${tables.jobInstance} (JOB_INSTANCE_ID, VERSION, JOB_NAME, JOB_KEY)
          VALUES (${id}, 0, ${jobName}, ${key})`,
          sqlName('JOB_NAME'),
        ),
      )
      found = await work.rows(find)
    }
    const [jobExecutionId = 0] = executionId()
    return {
      instance: readInstance(found[0] ?? []),
      jobExecutionId,
      stepExecutionId: () => stepExecutionId?.()[0] ?? 0,
    }
  }

  /** Takes the lease, and resolves with the instance's last execution. */
  async #claim(work: SqlWork, instance: JobInstance, lease: Lease): Promise<LastExecution | undefined> {
    const { tables, dialect } = this.#store
    // Where the insert would wait for a chunk that holds the lease, of a frozen process say, it is looked at first.
    let holder = dialect.shareBlocksChange ? await this.#holder(work, instance) : undefined
    for (let claim = 0; claim < CLAIMS && holder === undefined; claim++) {
      // The primary key decides: of all who try at once, one row gets in.
      work.queue(
        dialect.orIgnore(
          sql`INSERT INTO ${tables.lease} (JOB_INSTANCE_ID, OWNER_ID, JOB_EXECUTION_ID)
          VALUES (${lease.jobInstanceId}, ${lease.ownerId}, ${lease.jobExecutionId})`,
          sqlName('JOB_INSTANCE_ID'),
        ),
      )
      const last = this.#queueLast(work, instance.id)
      holder = await this.#holder(work, instance)
      if (holder?.jobExecutionId === lease.jobExecutionId) return readLast(last)
    }
    throw new JobExecutionAlreadyRunningError({
      jobName: instance.jobName,
      jobInstanceId: instance.id,
      jobExecutionId: holder?.jobExecutionId,
      ownerId: holder?.ownerId,
    })
  }

  async #holder(work: SqlWork, instance: JobInstance): Promise<Holder | undefined> {
    const [row] = await work.rows(
      sql`SELECT OWNER_ID, JOB_EXECUTION_ID FROM ${this.#store.tables.lease} WHERE JOB_INSTANCE_ID = ${instance.id}`,
    )
    if (row === undefined) return undefined
    const reader = new RowReader(row)
    return { ownerId: reader.text(), jobExecutionId: reader.integer('JOB_EXECUTION_ID') }
  }

  #queueLast(work: SqlWork, jobInstanceId: number): { readonly execution: Answer; readonly parameters: Answer } {
    const { tables } = this.#store
    const lastId = sql`SELECT MAX(JOB_EXECUTION_ID) FROM ${tables.jobExecution} WHERE JOB_INSTANCE_ID = ${jobInstanceId}`
    return {
      execution: work.queue(
        sql`SELECT JOB_EXECUTION_ID, STATUS FROM ${tables.jobExecution} WHERE JOB_EXECUTION_ID = (${lastId})`,
      ),
      parameters: work.queue(selectParameters(this.#store, lastId)),
    }
  }

  #insert(
    work: SqlWork,
    { jobExecutionId: id, jobInstanceId }: Lease,
    parameters: JobParameters,
    lastId?: number,
  ): void {
    const { tables, dialect } = this.#store
    work.queue(sql`INSERT INTO ${tables.jobExecution} (JOB_EXECUTION_ID, VERSION, JOB_INSTANCE_ID, CREATE_TIME,
        START_TIME, STATUS, EXIT_CODE, EXIT_MESSAGE, LAST_UPDATED)
      VALUES (${id}, 0, ${jobInstanceId}, ${dialect.now}, ${dialect.now}, 'STARTED', 'UNKNOWN', '', ${dialect.now})`)
    if (parameters.size > 0) work.queue(this.#insertParameters(id, parameters))
    if (lastId !== undefined) {
      work.queue(sql`INSERT INTO ${tables.jobContext} (JOB_EXECUTION_ID, SHORT_CONTEXT, SERIALIZED_CONTEXT)
        SELECT ${id}, SHORT_CONTEXT, SERIALIZED_CONTEXT FROM ${tables.jobContext} WHERE JOB_EXECUTION_ID = ${lastId}`)
    }
    work.queue(
      dialect.orIgnore(
        sql`INSERT INTO ${tables.jobContext} (JOB_EXECUTION_ID, SHORT_CONTEXT) VALUES (${id}, '{}')`,
        sqlName('SHORT_CONTEXT'),
      ),
    )
  }

  #insertParameters(id: number, parameters: JobParameters): SqlText {
    const rows = [...parameters].map(([name, parameter]) => {
      const identifying = parameter.identifying ? 'Y' : 'N'
      return sql`(${id}, ${name}, ${javaTypeOf(parameter)}, ${parameterToText(parameter)}, ${identifying})`
    })
    return sql`INSERT INTO ${this.#store.tables.jobParameters}
      (JOB_EXECUTION_ID, PARAMETER_NAME, PARAMETER_TYPE, PARAMETER_VALUE, IDENTIFYING) VALUES ${joinSql(rows)}`
  }

  /** After a commit whose outcome is unknown: the execution if it was committed. Waits for a commit under way. */
  async find(lease: Lease): Promise<JobExecution | undefined> {
    const { ownerId, jobInstanceId, jobExecutionId } = lease
    const { tables, dialect } = this.#store
    const answers = await readLocked(this.#store, ownerId, (work) => {
      // Inserting the same key waits for whoever is about to commit it; then the row is removed again.
      work.queue(
        dialect.orIgnore(
          sql`INSERT INTO ${tables.lease} (JOB_INSTANCE_ID, OWNER_ID, JOB_EXECUTION_ID)
          VALUES (${jobInstanceId}, ${ownerId}, 0)`,
          sqlName('JOB_INSTANCE_ID'),
        ),
      )
      work.queue(sql`DELETE FROM ${tables.lease} WHERE JOB_INSTANCE_ID = ${jobInstanceId} AND JOB_EXECUTION_ID = 0`)
      return queueExecutions(this.#store, work, [jobExecutionId])
    })
    return readExecutions(answers)[0]
  }
}

function readLast(last: { readonly execution: Answer; readonly parameters: Answer }): LastExecution | undefined {
  const [row] = last.execution.rows
  if (row === undefined) return undefined
  const reader = new RowReader(row)
  const id = reader.integer('JOB_EXECUTION_ID')
  return { id, status: reader.status(), parameters: readParameters(last.parameters.rows).get(id) ?? new Map() }
}
