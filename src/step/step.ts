import type { ReadonlyExecutionContext } from '../domain/execution-context.js'
import type { ExitStatus } from '../domain/exit-status.js'
import type { OwnershipLostError } from '../domain/ownership-errors.js'
import type { NoParameters, StepContext } from '../domain/step-context.js'
import type { Mutable, StepExecution } from '../domain/step-execution.js'
import type { StepListener } from '../listener/step-listener.js'
import type { StepTrace } from '../listener/traces.js'
import type { JobRepository } from '../repository/job-repository.js'
import type { Lease } from '../repository/lease.js'
import type { Clock } from '../support/clock.js'
import type { Deadline } from '../support/deadline.js'
import type { TransactionManager } from '../transaction/transaction.js'
import type { StepProgress } from './step-progress.js'
import type { Promotion, PromotionOptions } from './promotion.js'
import type { StepDescription } from './step-description.js'
import type { StepScene } from './step-scene.js'

/** What a running step is given by the job it runs in. */
export interface StepRuntime {
  /** The step execution; the step keeps its version, counts and context as the repository has them. */
  readonly stepExecution: Mutable<StepExecution>
  /** What user code is handed. Its signal is aborted by a stop, by a lost lease, and by {@link abort}. */
  readonly context: StepContext<unknown>
  readonly repository: JobRepository
  readonly lease: Lease
  readonly clock: Clock
  /** Passes when the step must end at once: it waits for no user code then, and its transactions are destroyed. */
  readonly deadline: Deadline
  /** What steps inside this one run in: they end with its signal and its deadline. */
  readonly inner: StepScene
  /** What is told of it. */
  readonly trace: StepTrace
  /** How far it is; `undefined` when nobody wants to know. */
  readonly progress: StepProgress | undefined
  /** Ends the step's signal with a reason, so that user code still running ends too. */
  readonly abort: (reason: unknown) => void
  /** Why nothing more may be written: the lease is gone, whatever the signal was aborted for before. */
  readonly ownershipLost: () => OwnershipLostError | undefined
  /** Asks the whole job to stop, as a chunk does that learns of a stop from the repository. */
  readonly requestStop: () => void
}

/** Options that every kind of step has. */
export interface StepOptions {
  /** Run the step again in a restarted job though it has completed before. Default false. */
  readonly allowStartIfComplete?: boolean
  /** How often the step may be started for one job instance. Default: as often as needed. */
  readonly startLimit?: number
  /**
   * What is copied from the step's context to the job's when the step has ended: keys, or `{ keys, on, strict }`. It is
   * stored together with the step's end. Default: nothing.
   */
  readonly promote?: readonly string[] | PromotionOptions
}

/** How a step says itself that it has ended: one made of other steps, or one with an exit code of its own. */
export interface StepEnd {
  readonly status: 'COMPLETED' | 'STOPPED' | 'FAILED'
  readonly exitStatus: ExitStatus
  /** Why it has FAILED. */
  readonly failures?: readonly unknown[]
}

/** How a step ended. */
export interface StepResult {
  readonly execution: StepExecution
  /** Whether the step had ended in an earlier execution and was not run again. */
  readonly reused: boolean
}

/**
 * A part of a job. Made by {@link chunkStep}, {@link taskletStep} and others; a value that may be used in several jobs.
 *
 * `P` is what the step reads of the job's parameters, `N` its name: the compiler checks both against the job.
 */
export interface Step<P = never, N extends string = string> {
  readonly name: N
  readonly allowStartIfComplete: boolean
  /** `undefined`: no limit. */
  readonly startLimit: number | undefined
  /** `undefined`: nothing is promoted. */
  readonly promotion?: Promotion | undefined
  readonly listeners: readonly StepListener[]
  /** Why it cannot be the worker of partitions, which run it side by side; `undefined`: it can. */
  readonly notForPartitions?: string | undefined
  /** True: it has step executions of its own beside its own one, named by its name, a colon and theirs. */
  readonly partitioned?: boolean
  /**
   * Whether what is left to do is done by other step executions, whose crashes are looked for themselves. Given the
   * context of its last execution. Default: it is not.
   */
  readonly delegates?: (executionContext: ReadonlyExecutionContext) => boolean
  /** Runs the step to its end; rejects when it fails or is stopped. Resolves with nothing when it has COMPLETED. */
  execute(runtime: StepRuntime): Promise<StepEnd | void>
  /**
   * Told the names of the parameters that a job declares, when a job with this step is built. Throws where the step reads
   * another one. Without it nothing but the compiler compares them.
   */
  checkParameters?(declared: ReadonlySet<string>): void
  /** What can be said of it before it runs, where the checkpoints are in the transactions of `repository`. */
  describe?(repository: TransactionManager): StepDescription
  /**
   * The same step with its chunk steps made anew, from what `change` gives for the name and the options of each. For tests,
   * which listen to them or give them other items. A step without any has no such method.
   */
  withChunks?(change: ChunkChange): Step<P, N>
  /** Never present: carries the type of the parameters. */
  readonly parametersType?: (parameters: P) => void
}

/** What becomes of the options of a chunk step when it is made anew. */
export type ChunkChange = (stepName: string, options: object) => object

/** A step that reads items of type `I` and writes items of type `O`. Made by {@link chunkStep}. */
export interface ItemStep<I, O, P = NoParameters, N extends string = string> extends Step<P, N> {
  /** Never present: carries the types of the items. */
  readonly itemTypes?: (item: I) => O
}
