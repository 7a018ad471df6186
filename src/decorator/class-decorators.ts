import type { FitsShape, MergedShape, ParameterShape, ParameterValues } from '../domain/parameter-shape.js'
import type { FitsParameters } from '../job/flow/flow-fit.js'
import type { FitsIncrementer } from '../job/job-incrementer.js'
import type { JobOptions } from '../job/job.js'
import type { ChunkSettings } from '../step/chunk/chunk-options.js'
import type { ChunkSize } from '../step/chunk/completion.js'
import { STEP_OF } from '../step/step-definition.js'
import type { AnyClass } from './class-metadata.js'
import type { FitsChunkStep } from './chunk-step-fit.js'
import { compileStep } from './compile-chunk-step.js'
import { changeMetadata } from './metadata.js'

/** What a method reads of the job's parameters: by the step that it returns, or by a context that it is handed. */
type ReadBy<M> = M extends (...args: infer A) => infer R ? ReadByStep<R> | ReadByContext<A[number]> : never

type ReadByStep<R> = R extends { readonly parametersType?: (parameters: infer P) => void } ? [P] : never

type ReadByContext<A> = A extends { readonly parameters: infer P; readonly signal: AbortSignal } ? [P] : never

/** A sentence for each method of a class that reads parameters which are not among `V`. */
type Misfits<V, T> = {
  [K in keyof T]: ReadBy<T[K]> extends infer P ? (P extends [infer Q] ? Misfit<V, Q> : never) : never
}[keyof T]

type Misfit<V, P> = [P] extends [never] ? never : unknown extends FitsParameters<V, P> ? never : FitsParameters<V, P>

/** `unknown` when a job with the parameters `V` has all that the class reads, else a sentence. */
export type FitsJob<V, T> = [Misfits<V, T>] extends [never] ? unknown : Misfits<V, T>

/** Options of {@link Job}: those of `job`, and its name. */
export type JobClassOptions<S extends ParameterShape, I extends ParameterShape = Record<never, never>> = JobOptions<
  S,
  I
> & {
  /** 1 to 100 characters that tell jobs apart in the repository. Not taken from the class: minifiers change that. */
  readonly name: string
}

/**
 * The class is a job: its methods with `@Step`, `@Tasklet` and `@Decision` stand in it, in the order in which they are
 * declared, unless they say otherwise. `compileJob` makes the job of it; options are checked there.
 *
 * @example
 * ```ts
 * import { chunk, JobOperator, type JobExecution, MemoryJobRepository, type StepContext } from 'chunkwise'
 * import { AfterJob, compileJob, Job, Step } from 'chunkwise/decorators'
 *
 * @Job({ name: 'greet', parameters: { greeting: 'string' } })
 * class GreetJob {
 *   constructor(private readonly names: readonly string[]) {}
 *
 *   @Step()
 *   greetAll() {
 *     return chunk({
 *       chunkSize: 2,
 *       reader: ({ parameters }: StepContext<{ greeting: string }>) =>
 *         this.names.map((name) => `${parameters.greeting}, ${name}`),
 *       writer: (lines) => console.assert(lines.length > 0),
 *     })
 *   }
 *
 *   @AfterJob()
 *   report(execution: JobExecution) {
 *     console.assert(execution.status === 'COMPLETED')
 *   }
 * }
 *
 * const greet = compileJob(new GreetJob(['Ada', 'Grace']))
 * const operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [greet] })
 * await operator.run('greet', { greeting: 'Hello' })
 * await operator.close()
 * ```
 */
export function Job<
  const S extends ParameterShape = Record<never, never>,
  const I extends ParameterShape = Record<never, never>,
>(
  options: JobClassOptions<S, I> & FitsShape<S> & FitsIncrementer<S, I>,
): <C extends AnyClass>(type: C & FitsJob<ParameterValues<MergedShape<S, I>>, InstanceType<C>>) => void {
  return (type) => changeMetadata(type, () => ({ job: options }))
}

/** Options of {@link ChunkStep}: those of `chunk`, without reader, processor and writer. */
export type ChunkStepClassOptions = ChunkSettings<never, never> & ChunkSize<never>

/**
 * The class is a chunk step: a method `read` gives the items (a generator, or one item at a time until `null`), `process`
 * turns an item into one to write, `write` is handed a chunk of them; `process` may be left out. Instead of each there may
 * be a method that makes the part once per step execution, from its context: `reader`, `processor`, `writer`.
 *
 * A generator restarts by count. Any other `read` may stand beside `open`, `position` and `close`, and whatever else an
 * `ItemReader` and `ItemStream` have. `write` counts as outside of the transaction unless the instance has
 * `transactional = true`.
 *
 * A job names the step in a method with `@Step()` that returns the class, or an instance. Options may be a function of the
 * instance, for what it was constructed with, such as an executor. They are checked when the class is compiled.
 *
 * @example
 * ```ts
 * import { runStep } from 'chunkwise/testing'
 * import { ChunkStep, JobParam } from 'chunkwise/decorators'
 *
 * @ChunkStep({ chunkSize: 2 })
 * class CountDown {
 *   readonly written: number[] = []
 *
 *   async *read(@JobParam('from') from: number) {
 *     for (let left = from; left > 0; left--) yield left
 *   }
 *
 *   process(item: number) {
 *     return item % 2 === 0 ? item : null
 *   }
 *
 *   write(items: readonly number[]) {
 *     this.written.push(...items)
 *   }
 * }
 *
 * const step = new CountDown()
 * const execution = await runStep(step, { parameters: { from: 5 } })
 * console.assert(execution.counts.filter === 3 && step.written.join() === '4,2')
 * ```
 */
export function ChunkStep<T extends object = never>(
  options: ChunkStepClassOptions | ((instance: T) => ChunkStepClassOptions),
): <C extends AnyClass>(type: C & FitsChunkStep<InstanceType<C>>) => void {
  return (type) => {
    changeMetadata(type, () => ({ chunkStep: options }))
    Object.defineProperty(type, STEP_OF, { value: (given: object) => compileStep(given as never), configurable: true })
  }
}
