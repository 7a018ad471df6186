import { OptionCheck } from './check-option.js'
import type { JobParametersIncrementer, LastParameters } from './job-parameters-incrementer.js'
import { InvalidOptionError } from './option-error.js'
import type { ParameterShape } from './parameter-shape.js'
import { MAX_PARAMETER_NAME } from './parameter-types.js'

/** Options of {@link RunIdIncrementer}. */
export interface RunIdIncrementerOptions<N extends string> {
  /** The parameter that it counts. Default `'run.id'`. */
  readonly name?: N
}

/** How the counted parameter is declared: a start without it is allowed, and is an instance of its own. */
export interface RunIdDeclaration {
  readonly type: 'long'
  readonly required: false
}

/**
 * Counts the runs of a job in a parameter that tells its instances apart, so that each `startNext` is a new instance with
 * otherwise the same parameters: 1 for the first, then one more than the last. It is Spring Batch's: `run.id`, a
 * `java.lang.Long`, identifying.
 *
 * @example
 * ```ts
 * import { chunkStep, job, JobOperator, MemoryJobRepository, RunIdIncrementer } from 'chunkwise'
 *
 * const load = chunkStep('load', { chunkSize: 100, reader: ['a'], writer: (items) => console.log(items) })
 * const nightly = job('nightly', { incrementer: new RunIdIncrementer() }).start(load).build()
 *
 * await using operator = new JobOperator({ repository: new MemoryJobRepository() })
 * const { execution } = await operator.startNext(nightly)
 * console.log(execution.parameters.get('run.id')?.value) // 1
 * ```
 */
export class RunIdIncrementer<const N extends string = 'run.id'> implements JobParametersIncrementer<{
  readonly [K in N]: RunIdDeclaration
}> {
  /** The counted parameter, which the job has by this. */
  readonly parameters: { readonly [K in N]: RunIdDeclaration }
  readonly #name: string

  /** @throws InvalidOptionError the name is empty or has more than 100 characters */
  constructor(options: RunIdIncrementerOptions<N> = {}) {
    const check = new OptionCheck('RunIdIncrementer')
    check.object(options, ['name'])
    this.#name = check.text('name', options.name ?? 'run.id', 1, MAX_PARAMETER_NAME)
    const declared: ParameterShape = { [this.#name]: { type: 'long', required: false } }
    this.parameters = Object.freeze(declared) as { readonly [K in N]: RunIdDeclaration }
  }

  /** The last parameters, with the count one higher. */
  next(last: LastParameters | undefined): LastParameters {
    const count = last?.[this.#name]
    if (count !== undefined && typeof count !== 'number') {
      throw new InvalidOptionError(`the parameter "${this.#name}" of the last run`, count, 'a whole number')
    }
    return { ...last, [this.#name]: (count ?? 0) + 1 }
  }
}
