import {
  BatchError,
  InvalidParametersError,
  JobExecutionAlreadyRunningError,
  JobInstanceAlreadyCompleteError,
  JobRestartError,
  NoSuchExecutionError,
  OperatorClosedError,
  UnknownJobError,
} from 'chunkwise'

/** What a client is told of an error. */
export interface ErrorAnswer {
  readonly status: number
  readonly body: { readonly code: string; readonly message: string }
}

/** What a client can do something about. Their messages have no secrets and nothing of the database. */
const STATUSES = [
  [404, [UnknownJobError, NoSuchExecutionError]],
  [400, [InvalidParametersError]],
  [409, [JobExecutionAlreadyRunningError, JobInstanceAlreadyCompleteError, JobRestartError]],
  [503, [OperatorClosedError]],
] as const

/** The answer to an error of Chunkwise; `undefined` for all that is the framework's to answer, with 500 for instance. */
export function answerTo(error: unknown): ErrorAnswer | undefined {
  if (!(error instanceof BatchError)) return undefined
  const [status] = STATUSES.find(([, types]) => types.some((type) => error instanceof type)) ?? []
  return status === undefined ? undefined : { status, body: { code: error.code, message: error.message } }
}
