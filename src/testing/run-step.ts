import { OptionCheck } from '../domain/check-option.js'
import type { JobExecution } from '../domain/job-execution.js'
import type { ParameterInput, ParameterShape } from '../domain/parameter-shape.js'
import { job as buildJob } from '../job/job-builder.js'
import type { Job } from '../job/job.js'
import { mapJob } from '../job/map-job.js'
import { JobOperator } from '../launch/job-operator.js'
import type { Given } from '../launch/start-input.js'
import type { JobRepository } from '../repository/job-repository.js'
import { MemoryJobRepository } from '../repository/memory/memory-job-repository.js'
import type { NoParameters } from '../domain/step-context.js'
import type { Clock } from '../support/clock.js'
import type { Logger } from '../support/logger.js'
import { ObservedSteps } from './observed-steps.js'
import { JobRun, stepRun, type StepRun } from './step-run.js'
import { type StepToRun, toStep, withSurroundings } from './step-to-run.js'

/** How a test runs a step or a job. */
export interface TestRunOptions {
  /** Where the run is remembered. Give one to several runs to test a restart. Default: a new one in memory. */
  readonly repository?: JobRepository
  /** Where log lines go. Default: nowhere. */
  readonly logger?: Logger
  /** The clock, also of the repository in memory; give a `ManualClock` to move the time. Default: the system's. */
  readonly clock?: Clock
  /**
   * `'collect'`: chunk steps write into lists instead of their own writers, and keep no dead letters, so that nothing needs
   * a database. What they write is collected in any case. Default: their own writers write.
   */
  readonly writer?: 'collect'
}

/** How a test runs a step. */
export interface StepRunOptions<I = unknown, P = NoParameters> extends TestRunOptions {
  /** What the step sees as the job's parameters; they need not be declared anywhere. Default: none. */
  readonly parameters?: P
  /**
   * What a chunk step reads instead of its own reader, which is not even made. They restart by count, and commit in the order
   * in which they are read. Default: the step reads with its reader.
   */
  readonly items?: Iterable<I>
  /** What is in the step's context when it first begins, such as the values of a partition. Default: nothing. */
  readonly context?: Readonly<Record<string, unknown>>
  /** What the step sees of the job's context: what earlier steps have promoted. Default: nothing. */
  readonly jobContext?: Readonly<Record<string, unknown>>
}

/** How a test runs a job. */
export interface JobRunOptions extends TestRunOptions {
  /** What chunk steps read instead of their own readers, by the names of the steps. Default: nothing is replaced. */
  readonly items?: Readonly<Record<string, Iterable<unknown>>>
}

const KNOWN = ['repository', 'logger', 'clock', 'writer', 'items']

/**
 * Runs one step, by default without any database, and resolves with its execution, whatever its status, and with what it
 * has done: `written`, `skipped` and `checkpoints`, typed as the step's items are. With the same `repository` a second
 * call is a restart.
 *
 * @example
 * ```ts
 * import { chunkStep } from 'chunkwise'
 * import { runStep } from 'chunkwise/testing'
 *
 * const shout = chunkStep('shout', {
 *   chunkSize: 2,
 *   reader: async function* () {
 *     yield 'a word from far away'
 *   },
 *   processor: (word) => word.toUpperCase(),
 *   writer: (words) => console.log(words),
 * })
 * const run = await runStep(shout, { items: ['a', 'b', 'c'], writer: 'collect' })
 * console.assert(run.status === 'COMPLETED' && run.counts.write === 3)
 * console.assert(run.written.join('') === 'ABC' && run.checkpoints.length === 2)
 * ```
 *
 * @throws InvalidOptionError an option cannot work, such as `items` for a step that reads none
 * @throws BatchError what prevented a start, or the step, as with `operator.run`
 */
export async function runStep<I, O, P = NoParameters>(
  step: StepToRun<I, O, P>,
  options: StepRunOptions<I, P> = {},
): Promise<StepRun<I, O>> {
  const check = new OptionCheck('runStep')
  check.object(options, [...KNOWN, 'parameters', 'context', 'jobContext'])
  const { items } = options
  const plain = toStep('runStep', step)
  const steps = observed(check, options, new Map(items === undefined ? [] : [[plain.name, items]]))
  const tested = withSurroundings(steps.observe(plain), options)
  steps.assertAllReplaced(() => 'runStep.items')
  const job = buildJob(`test of ${plain.name}`.slice(0, 100)).start(tested).build() as unknown as Job
  const execution = await run(job, {}, options)
  const last = execution.stepExecutions.at(-1)
  if (last === undefined)
    throw execution.failures[0] ?? new Error(`the step did not run: ${execution.exitStatus.toString()}`)
  return stepRun(last, steps.collectorOf(plain.name)) as StepRun<I, O>
}

/**
 * Runs a job, by default without any database, and resolves with its execution, whatever its status, and with what each of
 * its steps has done.
 *
 * @example
 * ```ts
 * import { chunkStep, job } from 'chunkwise'
 * import { runJob } from 'chunkwise/testing'
 *
 * const load = chunkStep('load', { chunkSize: 2, reader: [1, 2, 3], writer: (items) => console.log(items) })
 * const nightly = job('nightly', { parameters: { day: 'localDate' } }).start(load).build()
 *
 * const run = await runJob(nightly, { day: '2025-12-21' }, { items: { load: [4, 5] }, writer: 'collect' })
 * console.assert(run.status === 'COMPLETED' && run.step('load').written.length === 2)
 * ```
 *
 * @throws InvalidOptionError an option cannot work, such as `items` for a step that is not there
 * @throws BatchError what prevented a start, as with `operator.run`
 */
export async function runJob<S extends ParameterShape>(
  job: Job<S>,
  ...[parameters, options = {}]: [...Given<ParameterInput<S>>, options?: JobRunOptions]
): Promise<JobRun> {
  const check = new OptionCheck('runJob')
  check.object(options, KNOWN)
  const given = options as JobRunOptions
  const steps = observed(check, given, new Map(Object.entries(given.items ?? {})))
  const tested = mapJob(job as unknown as Job, (step) => steps.observe(step))
  steps.assertAllReplaced((name) => `runJob.items.${name}`)
  return new JobRun(await run(tested, parameters as object | undefined, given), steps.collected)
}

function observed(
  check: OptionCheck,
  { writer }: TestRunOptions,
  items: ReadonlyMap<string, Iterable<unknown>>,
): ObservedSteps {
  if (writer !== undefined) check.oneOf('writer', writer, ['collect'])
  for (const [name, given] of items) {
    const option = items.size > 1 ? `items.${name}` : 'items'
    if (typeof given?.[Symbol.iterator] !== 'function') check.fail(option, given, 'an array, or what gives items')
  }
  return new ObservedSteps({ items, collect: writer === 'collect' })
}

async function run(job: Job, parameters: object | undefined, options: TestRunOptions): Promise<JobExecution> {
  const { logger, clock } = options
  const { repository = new MemoryJobRepository(clock && { clock }) } = options
  await using operator = new JobOperator({
    repository,
    ...(logger === undefined ? {} : { logger }),
    ...(clock === undefined ? {} : { clock }),
  })
  return await operator.run(job, parameters as never)
}
