import { type ExecutionContext, putReserved, type ReadonlyExecutionContext } from '../../domain/execution-context.js'
import { ExitStatus } from '../../domain/exit-status.js'
import { storableText } from '../../domain/storable-text.js'
import { callsOf, putCalls } from '../call-count.js'
import { stepKeyPrefix } from '../step-key.js'
import type { Verdict } from './tasklet-result.js'

/** In the step's context: with which exit status the last call has ended the step. */
const END = 'chunkwise.taskletEnd'

interface StoredEnd {
  readonly exitCode: string
  readonly exitDescription: string
}

/** Notes a call and what it has decided in the context that is stored with it. */
export function writeCall(context: ExecutionContext, verdict: Verdict): void {
  putCalls(context, callsOf(context) + 1)
  if (verdict === 'CONTINUABLE') return
  const exitCode = storableText(verdict.exitCode)
  const exitDescription = storableText(verdict.exitDescription)
  putReserved(context, END, { exitCode, exitDescription } satisfies StoredEnd)
}

/**
 * How the tasklet has ended the step, if it has: a process that dies between the commit of the last call and the end of the
 * step leaves the step without an end, and the call must not be made again.
 */
export function readEnd(context: ReadonlyExecutionContext): ExitStatus | undefined {
  const end = context.get<StoredEnd>(END)
  return end === undefined ? undefined : new ExitStatus(end.exitCode, end.exitDescription)
}

/** The idempotency key of the next call. */
export function callKey(jobInstanceId: number, stepName: string, context: ReadonlyExecutionContext): string {
  return `${stepKeyPrefix(jobInstanceId, stepName, context)}${callsOf(context)}`
}
