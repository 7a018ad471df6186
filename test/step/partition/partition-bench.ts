import { randomUUID } from 'node:crypto'
import {
  chunkStep,
  type Job,
  job,
  type JobExecution,
  JobOperator,
  type JobOperatorOptions,
  type JobRepository,
  MemoryJobRepository,
  type Partition,
  type Step,
  type StepContext,
  type StepExecution,
} from 'chunkwise'
import { MysqlJobRepository } from 'chunkwise/mysql'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { onTestFinished } from 'vitest'
import { freshDatabase } from '../../support/databases.js'
import { mysqlPool } from '../../support/migrated-mysql.js'

/** Where partitions are remembered. */
export const STORES: readonly { readonly name: string; readonly open: () => Promise<JobRepository> }[] = [
  { name: 'memory', open: async () => new MemoryJobRepository() },
  {
    name: 'PostgreSQL',
    open: async () => {
      const database = await freshDatabase()
      const repository = new PostgresJobRepository({ pool: database.pool({ max: 20 }) })
      await repository.initializeSchema()
      return repository
    },
  },
  {
    name: 'MySQL',
    open: async () => new MysqlJobRepository({ pool: await mysqlPool([], { connectionLimit: 20 }) }),
  },
]

/** Partitions called `a`, `b`, … with the numbers that each is to write. */
export function parts(lists: Readonly<Record<string, readonly number[]>>): Partition[] {
  return Object.entries(lists).map(([name, values]) => ({ name, context: { values } }))
}

/** The numbers of the partition that a context belongs to. */
export function valuesOf({ executionContext }: StepContext): readonly number[] {
  return executionContext.get<readonly number[]>('values') ?? []
}

/** A worker that writes its partition's numbers one by one, and fails with those that are bad. */
export class Work {
  /** What was written, by step execution. */
  readonly written: [stepName: string, value: number][] = []
  readonly bad = new Set<number>()
  /** Called before a number is written. */
  before: (value: number, context: StepContext) => unknown = () => undefined

  get values(): number[] {
    return this.written.map(([, value]) => value).toSorted((a, b) => a - b)
  }

  step(options: { startLimit?: number } = {}): Step<Record<never, never>, string> {
    return chunkStep('worker', {
      ...options,
      chunkSize: 1,
      reader: (context: StepContext) => valuesOf(context),
      writer: async ([value = 0], context) => {
        await this.before(value, context as unknown as StepContext)
        if (this.bad.has(value)) throw new Error(`bad ${value}`)
        this.written.push([context.stepExecution.stepName, value])
      },
    })
  }
}

/** Runs jobs of one store, each under a name of its own. */
export class Bench {
  readonly repository: JobRepository
  readonly name = `job ${randomUUID()}`
  readonly operator: JobOperator

  constructor(repository: JobRepository, options: Omit<JobOperatorOptions, 'repository'> = {}) {
    this.repository = repository
    this.operator = new JobOperator({ repository, ...options })
    onTestFinished(() => this.operator.close())
  }

  job(step: Step<Record<never, never>, string>): Job {
    return job(this.name).start(step).build() as unknown as Job
  }

  run(step: Step<Record<never, never>, string>): Promise<JobExecution> {
    return this.operator.run(this.job(step), {} as never)
  }

  /** The step executions of a job execution, as they are stored: name, status, exit message. */
  async steps(execution: JobExecution): Promise<readonly StepExecution[]> {
    return (await this.operator.execution(execution.id))?.stepExecutions ?? []
  }

  /** Their names with their statuses, in the order of the names. */
  async statuses(execution: JobExecution): Promise<readonly string[]> {
    return (await this.steps(execution)).map(({ stepName, status }) => `${stepName} ${status}`).toSorted()
  }
}
