import type { JobExecution } from '../domain/job-execution.js'
import type { ParameterInput, ParameterShape } from '../domain/parameter-shape.js'
import type { NoParameters, StepContext } from '../domain/step-context.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { Job } from '../job/job.js'
import type { JobRepository } from '../repository/job-repository.js'
import { MemoryJobRepository } from '../repository/memory/memory-job-repository.js'
import type { Clock } from '../support/clock.js'
import type { Logger } from '../support/logger.js'
import { job as buildJob } from '../job/job-builder.js'
import { JobOperator } from '../launch/job-operator.js'
import type { Given } from '../launch/start-input.js'
import type { Step } from '../step/step.js'

/** How a test runs a step or a job. */
export interface TestRunOptions {
  /** Where the run is remembered. Give one to several runs to test a restart. Default: a new one in memory. */
  readonly repository?: JobRepository
  readonly logger?: Logger
  readonly clock?: Clock
}

/**
 * Runs one step, by default without any database, and resolves with its execution, whatever its status. With the same
 * `repository` a second call is a restart.
 *
 * @example
 * ```ts
 * import { chunkStep } from 'chunkwise'
 * import { ListItemWriter, runStep } from 'chunkwise/testing'
 *
 * const writer = new ListItemWriter<string>()
 * const shout = chunkStep('shout', {
 *   chunkSize: 2,
 *   reader: ['a', 'b', 'c'],
 *   processor: (word) => word.toUpperCase(),
 *   writer,
 * })
 * const execution = await runStep(shout)
 * console.assert(execution.status === 'COMPLETED' && execution.counts.write === 3)
 * console.assert(writer.items.join('') === 'ABC')
 * ```
 */
export async function runStep<P>(
  step: Step<P>,
  options: TestRunOptions & { readonly parameters?: P } = {},
): Promise<StepExecution> {
  const tested = withParameters(step as Step<never>, options.parameters ?? {}) as unknown as Step<NoParameters>
  const job = buildJob(`test of ${step.name}`.slice(0, 100)).start(tested).build() as unknown as Job
  const execution = await runJobUntyped(job, {}, options)
  const last = execution.stepExecutions.at(-1)
  if (last === undefined)
    throw execution.failures[0] ?? new Error(`the step did not run: ${execution.exitStatus.toString()}`)
  return last
}

/** Runs a job, by default without any database, and resolves with its execution, whatever its status. */
export function runJob<S extends ParameterShape>(
  job: Job<S>,
  ...[parameters, options]: [...Given<ParameterInput<S>>, options?: TestRunOptions]
): Promise<JobExecution> {
  return runJobUntyped(job as unknown as Job, parameters as object | undefined, options as TestRunOptions | undefined)
}

async function runJobUntyped(
  job: Job,
  parameters: object | undefined,
  options: TestRunOptions = {},
): Promise<JobExecution> {
  const { repository = new MemoryJobRepository(), logger, clock } = options
  await using operator = new JobOperator({
    repository,
    ...(logger === undefined ? {} : { logger }),
    ...(clock === undefined ? {} : { clock }),
  })
  return await operator.run(job, parameters as never)
}

/** The step, seeing these values: a test need not declare a job's parameters to run one of its steps. */
function withParameters(step: Step<never>, parameters: unknown): Step<never> {
  return {
    name: step.name,
    allowStartIfComplete: step.allowStartIfComplete,
    startLimit: step.startLimit,
    promotion: step.promotion,
    listeners: step.listeners,
    partitioned: step.partitioned === true,
    delegates: (executionContext) => step.delegates?.(executionContext) === true,
    execute(runtime) {
      // Not a copy: the execution context is another one after each chunk.
      const context = Object.create(runtime.context, {
        parameters: { value: parameters, enumerable: true },
      }) as StepContext<unknown>
      return step.execute({ ...runtime, context, inner: { ...runtime.inner, parameters } })
    },
  }
}
