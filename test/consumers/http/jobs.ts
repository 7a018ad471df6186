import { BatchError, type JobExecution, JobOperator, MemoryJobRepository, parseJsonParameters } from 'chunkwise'
import { ChunkStep, compileJob, Job, JobParam, Step } from 'chunkwise/decorators'

/** A service that listens. */
export interface Service {
  readonly url: string
  close(): Promise<void>
}

@ChunkStep({ chunkSize: 2 })
export class CopyStep {
  constructor(private readonly sink: (items: readonly number[]) => void) {}

  async *read(@JobParam('count') count: number) {
    for (let item = 1; item <= count; item++) yield item
  }

  write(items: readonly number[]) {
    this.sink(items)
  }
}

@Job({ name: 'copy', parameters: { count: 'long' } })
export class CopyJob {
  constructor(private readonly step: CopyStep) {}

  @Step()
  copy() {
    return this.step
  }
}

const STATUSES = new Map([
  ['BATCH_UNKNOWN_JOB', 404],
  ['BATCH_INVALID_PARAMETERS', 400],
  ['BATCH_JOB_INSTANCE_ALREADY_COMPLETE', 409],
])

/** The jobs of the service, for the routes of either framework. */
export class Jobs {
  readonly repository = new MemoryJobRepository()
  readonly written: number[] = []
  afterWrite: () => void = () => {}
  readonly #job = compileJob<{ count: 'long' }>(
    new CopyJob(
      new CopyStep((items) => {
        this.written.push(...items)
        this.afterWrite()
      }),
    ),
  )
  readonly #operator = new JobOperator({ repository: this.repository, jobs: [this.#job] })
  readonly #results = new Map<number, Promise<JobExecution>>()

  async start(name: string, body: unknown) {
    const { execution, result } = await this.#operator.start(name, parseJsonParameters(this.#job, body))
    this.#results.set(execution.id, result)
    return { id: execution.id }
  }

  async result(id: number) {
    return { status: (await this.#results.get(id))?.status }
  }

  async close() {
    await this.#operator.shutdown()
  }
}

/** The answer to an error. */
export function answerTo(error: unknown) {
  const [code, message] = error instanceof BatchError ? [error.code, error.message] : ['UNKNOWN', String(error)]
  return { status: STATUSES.get(code) ?? 500, body: { code, message } }
}
