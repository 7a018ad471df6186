import { quote } from '../support/quote.js'
import { OptionCheck } from '../domain/check-option.js'
import { type DeclaredParameters, defineParameters } from '../domain/define-parameters.js'
import { InvalidParametersError, type ParameterProblem } from '../domain/invalid-parameters-error.js'
import { javaTypeOf, parameterToText } from '../domain/java-parameter.js'
import type { JobExecution } from '../domain/job-execution.js'
import { type JobParameter, type JobParameters, parameterValues } from '../domain/job-parameters.js'
import { inputByName, resolveParameters } from '../domain/resolve-parameters.js'
import { MASK } from '../domain/secret-parameters.js'
import type { Job } from '../job/job.js'
import type { StepTrace } from '../listener/traces.js'
import type { ParentLink } from '../step/step-scene.js'
import type { RestartOptions } from './start-input.js'

/** What an execution starts with. */
export interface StartPlan {
  /** Resolved, with secrets. */
  readonly parameters: JobParameters
  /** Run also a step that has killed its process too often. Default false. */
  readonly ignoreCrashes?: boolean
  /** Only for a next run: the latest instance of the job that it follows, 0 for none. */
  readonly follows?: number
  /** The step of another job that starts this one. */
  readonly parent?: ParentLink | undefined
  /** The trace of that step. */
  readonly startedBy?: StepTrace | undefined
}

/** The parameters of a first start. */
export function startPlan(job: Job, input: unknown): StartPlan {
  return { parameters: resolveParameters(job.name, job.parameters, input, { validate: job.validate }) }
}

/** Checks the options of a restart, but for its parameters: those need the job. Throws `InvalidOptionError`. */
export function checkRestartOptions(options: RestartOptions): void {
  const check = new OptionCheck('restart')
  check.object(options, ['ignoreCrashes', 'parameters'])
  if (options.ignoreCrashes !== undefined) check.boolean('ignoreCrashes', options.ignoreCrashes)
}

/**
 * The parameters of a start after `execution`: what it was started with, and what is given on top. Throws
 * `InvalidParametersError` also for what would make another instance of it.
 */
export function restartPlan(job: Job, execution: JobExecution, options: RestartOptions): StartPlan {
  const { ignoreCrashes = false } = options
  const stored = execution.parameters
  const declared = declaredBy(job)
  const given = inputByName(job.name, declared, options.parameters ?? {})
  // What the job declares no more, and never told instances apart, stands in nobody's way.
  const kept = [...stored].filter(([name, { identifying }]) => identifying || declared.has(name))
  const input = onTop(parameterValues(new Map(kept)), given)
  const rules = { validate: job.validate, restartOf: execution.id }
  const parameters = resolveParameters(job.name, job.parameters, input, rules)
  const problems = otherIdentity(stored, parameters, execution.id)
  if (problems.length > 0) throw new InvalidParametersError(job.name, problems)
  return { parameters, ignoreCrashes }
}

/** The parameters that a job declares. */
export function declaredBy(job: Job): DeclaredParameters {
  return defineParameters(`job(${quote(job.name)}).parameters`, job.parameters)
}

/** Values with others on top of them, `undefined` being none. Names are taken as they are, `__proto__` too. */
export function onTop(values: Readonly<Record<string, unknown>>, more: ReadonlyMap<string, unknown>): object {
  const merged = new Map(Object.entries(values))
  for (const [name, value] of more) if (value !== undefined) merged.set(name, value)
  return Object.fromEntries(merged)
}

/** Which parameters would make a restart one of another instance. */
function otherIdentity(stored: JobParameters, parameters: JobParameters, id: number): readonly ParameterProblem[] {
  const names = new Set([...stored.keys(), ...parameters.keys()])
  return [...names].flatMap((name) => {
    const [before, now] = [stored.get(name), parameters.get(name)]
    if (identity(before) === identity(now)) return []
    const show = (parameter?: JobParameter): unknown => (now?.secret === true ? MASK : parameter?.value)
    const was = before === undefined ? 'without it' : `with ${quote(show(before))}`
    const as = before?.identifying === now?.identifying ? '' : `, ${before?.identifying ? '' : 'not '}identifying`
    const message = `must be left out: it tells instances apart, and execution ${id} was started ${was}${as}`
    return [{ name, value: show(now), message }]
  })
}

/** What of a parameter is part of the instance, as it is stored. */
function identity(parameter: JobParameter | undefined): string {
  if (parameter?.identifying !== true) return ''
  return `${javaTypeOf(parameter)} ${parameterToText(parameter)}`
}
