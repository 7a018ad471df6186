import { putReserved, type ExecutionContext, type ReadonlyExecutionContext } from '../domain/execution-context.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { JobRepository } from '../repository/job-repository.js'
import { MAX_PAGE } from '../repository/page-bounds.js'

/** In a step's context: which pass it belongs to, where that is not the first. */
const PASS = 'chunkwise.pass'

/** What earlier executions have left of one pass of a step. */
export interface PassHistory {
  /** The pass's latest execution, if there is one. */
  readonly last: StepExecution | undefined
  /** How many executions the step has had over all passes. */
  readonly count: number
}

/**
 * How often a job execution has come to each step. In a loop a flow comes to a step again and again; each of these passes
 * is remembered by its number, so that a restart finds the result of the third pass when it comes there the third time.
 */
export class StepPasses {
  readonly #passes = new Map<string, number>()
  #begun = 0
  #reused = 0
  readonly #histories = new Map<string, ReadonlyMap<number, StepExecution>>()

  /** The number of this pass of a step, or of another place of a flow, from 1. */
  next(name: string): number {
    const pass = this.current(name) + 1
    this.#passes.set(name, pass)
    return pass
  }

  /** The number of the latest pass; 0 when there was none. */
  current(name: string): number {
    return this.#passes.get(name) ?? 0
  }

  /** A step is really run. */
  begin(): void {
    this.#begun++
  }

  /** A step is not run, for it had ended in an execution before. */
  reuse(): void {
    this.#reused++
  }

  /** Whether the execution has come to steps, and all of them had ended in executions before. */
  get allReused(): boolean {
    return this.#begun === 0 && this.#reused > 0
  }

  /** What the repository remembers of a pass. */
  async find(repository: JobRepository, jobInstanceId: number, stepName: string, pass: number): Promise<PassHistory> {
    const history = await repository.findStepHistory(jobInstanceId, stepName)
    if (history === undefined) return { last: undefined, count: 0 }
    const { last, count } = history
    const lastPass = passOf(last.executionContext)
    if (lastPass === pass) return { last, count }
    if (lastPass < pass) return { last: undefined, count }
    const passes = this.#histories.get(stepName) ?? (await readPasses(repository, jobInstanceId, stepName))
    this.#histories.set(stepName, passes)
    return { last: passes.get(pass), count }
  }
}

/** Which pass a step's context belongs to. */
export function passOf(context: ReadonlyExecutionContext): number {
  return context.get<number>(PASS) ?? 1
}

/** Marks a context as that of a pass. */
export function markPass(context: ExecutionContext, pass: number): void {
  if (pass > 1) putReserved(context, PASS, pass)
}

/** The latest execution of each pass. Read once a job execution, and only where a loop is replayed. */
async function readPasses(
  repository: JobRepository,
  jobInstanceId: number,
  stepName: string,
): Promise<ReadonlyMap<number, StepExecution>> {
  const latest = new Map<number, StepExecution>()
  for (let offset = 0; ; offset += MAX_PAGE) {
    const page = { offset, limit: MAX_PAGE }
    const executions = await repository.listStepExecutions(jobInstanceId, stepName, page)
    for (const execution of executions) {
      const pass = passOf(execution.executionContext)
      if (!latest.has(pass)) latest.set(pass, execution)
    }
    if (executions.length < MAX_PAGE) return latest
  }
}
