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
 * The number of a pass, from 1. Inside a step that is itself in a later pass, that pass stands before it: `2/1`. So what
 * is inside is found again though a restart has not looked into the passes before.
 */
export type Pass = number | string

/** What all scopes of a job execution know together. */
interface Shared {
  /** How many executions of each step were begun. */
  readonly begun: Map<string, number>
  readonly histories: Map<string, KnownPasses>
  reused: number
}

/** The passes of a step when they were read. */
interface KnownPasses {
  readonly latest: ReadonlyMap<Pass, StepExecution>
  /** How many executions there were that this job execution has not begun. */
  readonly before: number
}

/**
 * How often a job execution has come to each step. In a loop a flow comes to a step again and again; each of these passes
 * is remembered by its number, so that a restart finds the result of the third pass when it comes there the third time.
 */
export class StepPasses {
  readonly #prefix: string
  readonly #shared: Shared
  readonly #counts = new Map<string, number>()

  constructor(prefix = '', shared: Shared = { begun: new Map(), histories: new Map(), reused: 0 }) {
    this.#prefix = prefix
    this.#shared = shared
  }

  /** Of what is inside a step that is in this pass: each of its passes counts from 1 again. */
  inside(pass: Pass): StepPasses {
    return new StepPasses(pass === 1 ? '' : `${pass}/`, this.#shared)
  }

  /** A pass of a step, or of another place of a flow, begins. */
  next(name: string): Pass {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    return this.current(name)
  }

  /** The latest pass; 0 when there was none. */
  current(name: string): Pass {
    const count = this.#counts.get(name) ?? 0
    return this.#prefix === '' ? count : `${this.#prefix}${count}`
  }

  /** A step is really run. */
  begin(name: string): void {
    this.#shared.begun.set(name, this.begunOf(name) + 1)
  }

  /** How often this job execution has run a step. */
  begunOf(name: string): number {
    return this.#shared.begun.get(name) ?? 0
  }

  /** A step is not run, for it had ended in an execution before. */
  reuse(): void {
    this.#shared.reused++
  }

  /** Whether the execution has come to steps, and all of them had ended in executions before. */
  get allReused(): boolean {
    return this.#shared.begun.size === 0 && this.#shared.reused > 0
  }

  /** What the repository remembers of a pass. */
  async find(repository: JobRepository, jobInstanceId: number, stepName: string, pass: Pass): Promise<PassHistory> {
    const { histories } = this.#shared
    const begun = this.begunOf(stepName)
    let known = histories.get(stepName)
    if (known === undefined) {
      const history = await repository.findStepHistory(jobInstanceId, stepName)
      // Where there is no loop, one look is enough.
      if (history !== undefined && passOf(history.last.executionContext) === pass) return history
      const latest = history === undefined ? NO_PASSES : await readPasses(repository, jobInstanceId, stepName)
      known = { latest, before: (history?.count ?? 0) - begun }
      histories.set(stepName, known)
    }
    return { last: known.latest.get(pass), count: known.before + begun }
  }
}

const NO_PASSES: ReadonlyMap<Pass, StepExecution> = new Map()

/** Which pass a step's context belongs to. */
export function passOf(context: ReadonlyExecutionContext): Pass {
  return context.get<Pass>(PASS) ?? 1
}

/** Marks a context as that of a pass. */
export function markPass(context: ExecutionContext, pass: Pass): void {
  if (pass !== 1) putReserved(context, PASS, pass)
}

/** The latest execution of each pass. Read once a job execution, and only where there are several. */
async function readPasses(
  repository: JobRepository,
  jobInstanceId: number,
  stepName: string,
): Promise<ReadonlyMap<Pass, StepExecution>> {
  const latest = new Map<Pass, StepExecution>()
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
