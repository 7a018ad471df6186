import { BatchStatus } from '../../domain/batch-status.js'
import type { PruneAnswer, PruneRequest } from '../job-repository.js'
import type { MemoryExecutions } from './memory-executions.js'
import type { MemoryLeases } from './memory-leases.js'

/** The rows and leases that removals look at. */
export interface MemoryStore {
  readonly rows: MemoryExecutions
  readonly leases: MemoryLeases
  readonly now: Date
}

/** Ends an execution for ever, if it may be ended; false if not. */
export function abandon({ rows, leases, now }: MemoryStore, jobExecutionId: number, version: number): boolean {
  const record = rows.record(jobExecutionId)
  if (record?.version !== version || record.status === 'COMPLETED' || record.status === 'ABANDONED') return false
  if (leases.get(record.jobInstance.id)?.jobExecutionId === jobExecutionId) return false
  const status = 'ABANDONED'
  const endTime = record.endTime ?? now
  rows.put({ ...record, status, version: version + 1, endTime, lastUpdated: now })
  for (const step of rows.stepsOf(jobExecutionId)) {
    if (!BatchStatus.isRunning(step.status)) continue
    rows.putStep({ ...step, status, version: step.version + 1, endTime: now, lastUpdated: now })
  }
  return true
}

/** Deletes one batch of old instances. */
export function prune(store: MemoryStore, request: PruneRequest, removed: (id: number) => void): PruneAnswer {
  const { after, limit, keepLast } = request
  const ids = store.rows.instanceIds(request.jobName)
  const old = ids
    .slice(0, Math.max(0, ids.length - keepLast))
    .filter((id) => id > after && isOld(store, id, request))
    .slice(0, limit)
  let executions = 0
  for (const id of old) {
    executions += store.rows.removeInstance(id)
    removed(id)
  }
  return { instances: old.length, executions, last: old.length < limit ? undefined : old.at(-1) }
}

function isOld({ rows, leases, now }: MemoryStore, id: number, { olderThan, keepFailed }: PruneRequest): boolean {
  const records = rows.records(id)
  const [last] = records
  if (last === undefined || leases.get(id) !== undefined) return false
  if (records.some(({ status }) => BatchStatus.isRunning(status))) return false
  const over = last.status === 'COMPLETED' || last.status === 'ABANDONED'
  const failed = last.status === 'FAILED' || last.status === 'STOPPED'
  const ended = last.endTime ?? last.lastUpdated ?? last.createTime
  return (over || (failed && !keepFailed)) && Number(ended) < Number(now) - olderThan
}
