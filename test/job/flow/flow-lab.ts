import {
  ExitStatus,
  type Flow,
  flow,
  type Job,
  type JobExecution,
  JobOperator,
  type JobRepository,
  type Step,
  type StepExecution,
  type StepListener,
} from 'chunkwise'
import { ManualClock } from 'chunkwise/testing'
import { checkPromotion, type PromotionOptions } from '../../../src/step/promotion.js'
import type { StepEnd, StepRuntime } from '../../../src/step/step.js'
import { OptionCheck } from '../../../src/domain/check-option.js'
import { type DiesAt, Mortal, never } from './mortal.js'
import type { OpenStore } from './stores.js'

/** What a step of the laboratory is like. */
export interface LabStepOptions {
  readonly allowStartIfComplete?: boolean
  readonly startLimit?: number
  readonly promote?: readonly string[] | PromotionOptions
  readonly listeners?: readonly StepListener[]
  /** Called in the step, before it ends. */
  readonly during?: (runtime: StepRuntime) => unknown
}

/** An execution as it is stored: `COMPLETED`, or `ABANDONED/FAILED` where the exit code is another. */
export interface Stored {
  readonly job: string
  readonly steps: readonly string[]
}

let jobs = 0

/** Steps that write down that they ran, and do what they are told. */
export class FlowLab {
  readonly repository: JobRepository
  /** A job name that no other test has. */
  readonly name: string = `flow ${++jobs}`
  readonly ran: string[] = []
  /** The latest execution, as the operator gave it. */
  last!: JobExecution
  #living: Mortal | undefined

  static async open(store: OpenStore): Promise<FlowLab> {
    return new FlowLab(await store())
  }

  constructor(repository: JobRepository) {
    this.repository = repository
  }

  /**
   * A step whose runs end one after another as `outcomes` say, the last of them for ever: `FAIL` throws, `DIE` is the end
   * of the process, anything else is the exit code of a completed run.
   */
  step<const N extends string>(
    name: N,
    outcomes: readonly string[] = [],
    options: LabStepOptions = {},
  ): Step<unknown, N> {
    let runs = 0
    const { allowStartIfComplete = false, startLimit, promote, listeners = [], during } = options
    return {
      name,
      allowStartIfComplete,
      startLimit,
      promotion: checkPromotion(new OptionCheck('step'), promote),
      listeners,
      execute: async (runtime) => {
        const outcome = outcomes[Math.min(runs++, outcomes.length - 1)] ?? 'COMPLETED'
        this.ran.push(name)
        await during?.(runtime)
        return this.#end(name, outcome)
      },
    }
  }

  async #end(name: string, outcome: string): Promise<StepEnd> {
    if (outcome === 'FAIL') throw new Error(`${name} fails`)
    if (outcome === 'DIE') {
      this.#living?.die()
      return never
    }
    return { status: 'COMPLETED', exitStatus: new ExitStatus(outcome) }
  }

  /** A flow of one such step, `<name>Step`. */
  flowOf<const N extends string>(name: N, outcomes: readonly string[] = []): Flow<unknown, N, `${N}Step`> {
    return flow(name)
      .start(this.step(`${name}Step`, outcomes))
      .build()
  }

  /** Runs the job to its end, or restarts it; resolves with what is stored then. */
  async run(job: Job<never> | Job<Record<never, never>>, parameters: object = {}): Promise<Stored> {
    await using operator = new JobOperator({ repository: this.repository })
    this.last = await operator.run(job as Job, parameters as never)
    return this.stored()
  }

  /** Runs the job until its process dies, in a step or where `diesAt` says. */
  async runToDeath(job: Job<never> | Job<Record<never, never>>, diesAt?: DiesAt): Promise<void> {
    await using mortal = new Mortal(this.repository, diesAt)
    this.#living = mortal
    const operator = new JobOperator({ repository: mortal.repository, clock: new ManualClock() })
    const survived = operator.run(job as Job).then(({ status }) => Promise.reject(new Error(`it lived: ${status}`)))
    await Promise.race([mortal.died, survived])
  }

  /** The latest execution, or another, as the repository has it. */
  async stored(id: number = this.last.id): Promise<Stored> {
    const execution = await this.repository.getJobExecution(id)
    if (execution === undefined) throw new Error(`there is no execution ${id}`)
    return { job: label(execution), steps: execution.stepExecutions.map((step) => `${step.stepName} ${label(step)}`) }
  }

  /** All executions of the job's only instance, the first first. */
  async history(): Promise<readonly Stored[]> {
    const [instance] = await this.repository.listJobInstances(this.name)
    const executions = await this.repository.listJobExecutions(instance?.id ?? 0)
    return Promise.all(executions.toReversed().map(({ id }) => this.stored(id)))
  }
}

function label({ status, exitStatus: { exitCode } }: JobExecution | StepExecution): string {
  return status === exitCode ? status : `${status}/${exitCode}`
}
