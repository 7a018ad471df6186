import { quote } from '../support/quote.js'
import { environmentVariable } from '../support/host-process.js'
import type { DeclaredParameters } from '../domain/define-parameters.js'
import type { JobExecution } from '../domain/job-execution.js'
import { incremented, type LastParameters } from '../domain/job-parameters-incrementer.js'
import { type JobParameters, parameterValues } from '../domain/job-parameters.js'
import { NoIncrementerError } from '../domain/launch-errors.js'
import { inputByName, resolveParameters } from '../domain/resolve-parameters.js'
import type { Job } from '../job/job.js'
import type { JobRepository } from '../repository/job-repository.js'
import { declaredBy, onTop, type StartPlan } from './start-parameters.js'

/** So many instances are looked at for one that has an execution: another program may leave some that have none. */
const LOOK_BACK = 20

/**
 * The parameters of a job's next run: those of the last execution of its latest instance, through its incrementer, with
 * what the caller gives on top.
 */
export async function nextPlan(repository: JobRepository, job: Job, input: unknown): Promise<StartPlan> {
  const { incrementer } = job
  if (incrementer === undefined) throw new NoIncrementerError(job.name)
  const option = `job(${quote(job.name)}).incrementer`
  const declared = declaredBy(job)
  const given = inputByName(job.name, declared, input ?? {})
  const { follows, execution } = await latest(repository, job.name)
  const last = execution === undefined ? undefined : carriedOver(declared, execution.parameters)
  const next = incremented(option, incrementer, last)
  const merged = onTop(next, given)
  return { parameters: resolveParameters(job.name, job.parameters, merged, { validate: job.validate }), follows }
}

async function latest(
  repository: JobRepository,
  jobName: string,
): Promise<{ readonly follows: number; readonly execution: JobExecution | undefined }> {
  const instances = await repository.listJobInstances(jobName, { limit: LOOK_BACK })
  const follows = instances[0]?.id ?? 0
  for (const { id } of instances) {
    const [execution] = await repository.listJobExecutions(id, { limit: 1 })
    if (execution !== undefined) return { follows, execution }
  }
  return { follows, execution: undefined }
}

/** What the next run takes over: no secrets, not what the job declares no more, nor what the environment says anew. */
function carriedOver(declared: DeclaredParameters, parameters: JobParameters): LastParameters {
  const kept = [...parameters].filter(([name]) => {
    const declaration = declared.get(name)
    if (declaration === undefined || declaration.secret) return false
    return declaration.env === undefined || environmentVariable(declaration.env) === undefined
  })
  return parameterValues(new Map(kept))
}
