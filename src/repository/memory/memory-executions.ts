import { BatchStatus } from '../../domain/batch-status.js'
import type { JobExecution } from '../../domain/job-execution.js'
import type { JobInstance } from '../../domain/job-instance.js'
import type { StepExecution } from '../../domain/step-execution.js'
import type { Page } from '../job-repository.js'
import { pageBounds } from '../page-bounds.js'
import { copyRecord, copyStep, type ExecutionRecord, executionOf } from './memory-records.js'

/** The rows of the in-memory repository. What goes in and what comes out are copies. */
export class MemoryExecutions {
  readonly #instances = new Map<number, JobInstance>()
  readonly #records = new Map<number, ExecutionRecord>()
  readonly #steps = new Map<number, StepExecution>()
  /** The ids of the executions of each step, by instance and name: a long job looks for each of its steps. */
  readonly #histories = new Map<number, Map<string, Set<number>>>()
  #lastId = 0

  nextId(): number {
    return ++this.#lastId
  }

  putInstance(instance: JobInstance): void {
    this.#instances.set(instance.id, { ...instance })
  }

  put(record: ExecutionRecord): void {
    this.#records.set(record.id, copyRecord(record))
  }

  putStep(step: StepExecution): void {
    this.#steps.set(step.id, copyStep(step))
    const ofInstance = this.#histories.get(step.jobInstanceId) ?? new Map<string, Set<number>>()
    const ofStep = ofInstance.get(step.stepName) ?? new Set()
    this.#histories.set(step.jobInstanceId, ofInstance.set(step.stepName, ofStep.add(step.id)))
  }

  instance(id: number): JobInstance | undefined {
    const instance = this.#instances.get(id)
    return instance === undefined ? undefined : { ...instance }
  }

  findInstance(jobName: string, jobKey: string): JobInstance | undefined {
    for (const instance of this.#instances.values()) {
      if (instance.jobName === jobName && instance.jobKey === jobKey) return { ...instance }
    }
    return undefined
  }

  instances(jobName: string, page?: Page): readonly JobInstance[] {
    const ofJob = [...this.#instances.values()].filter((instance) => instance.jobName === jobName)
    return slice(ofJob.reverse(), page).map((instance) => ({ ...instance }))
  }

  jobNames(page?: Page): readonly string[] {
    const names = [...new Set([...this.#instances.values()].map(({ jobName }) => jobName))].sort()
    return page === undefined ? names : slice(names, page)
  }

  record(id: number): ExecutionRecord | undefined {
    return this.#records.get(id)
  }

  lastRecord(jobInstanceId: number): ExecutionRecord | undefined {
    return this.#recordsOf(jobInstanceId)[0]
  }

  execution(id: number): JobExecution | undefined {
    const record = this.#records.get(id)
    return record === undefined ? undefined : executionOf(record, this.stepsOf(id))
  }

  executions(jobInstanceId: number, page?: Page): readonly JobExecution[] {
    return slice(this.#recordsOf(jobInstanceId), page).map((record) => executionOf(record, this.stepsOf(record.id)))
  }

  running(jobName?: string, page?: Page): readonly JobExecution[] {
    const all = [...this.#records.values()]
      .filter(({ status }) => BatchStatus.isRunning(status))
      .filter(({ jobInstance }) => jobName === undefined || jobInstance.jobName === jobName)
      .reverse()
    const part = page === undefined ? all : slice(all, page)
    return part.map((record) => executionOf(record, this.stepsOf(record.id)))
  }

  /** As they are kept: to read only. */
  storedStep(id: number): StepExecution | undefined {
    return this.#steps.get(id)
  }

  step(id: number): StepExecution | undefined {
    const step = this.#steps.get(id)
    return step === undefined ? undefined : copyStep(step)
  }

  /** As they are kept: to read only. */
  stepsOf(jobExecutionId: number): readonly StepExecution[] {
    return [...this.#steps.values()].filter((step) => step.jobExecutionId === jobExecutionId)
  }

  history(jobInstanceId: number, stepName: string): readonly StepExecution[] {
    const ids = this.#histories.get(jobInstanceId)?.get(stepName) ?? []
    return [...ids].map((id) => this.#steps.get(id)).filter((step) => step !== undefined)
  }

  /** Removes an instance with all its executions; tells how many they were. */
  removeInstance(jobInstanceId: number): number {
    const records = this.#recordsOf(jobInstanceId)
    for (const { id } of records) this.#records.delete(id)
    for (const step of this.#steps.values()) if (step.jobInstanceId === jobInstanceId) this.#steps.delete(step.id)
    this.#histories.delete(jobInstanceId)
    this.#instances.delete(jobInstanceId)
    return records.length
  }

  /** As they are kept, the latest first: to read only. */
  records(jobInstanceId: number): readonly ExecutionRecord[] {
    return this.#recordsOf(jobInstanceId)
  }

  /** The ids of a job's instances, in their order. */
  instanceIds(jobName: string): readonly number[] {
    return [...this.#instances.values()].filter((instance) => instance.jobName === jobName).map(({ id }) => id)
  }

  stepExecutions(jobInstanceId: number, stepName: string, page?: Page): readonly StepExecution[] {
    return slice([...this.history(jobInstanceId, stepName)].reverse(), page).map(copyStep)
  }

  #recordsOf(jobInstanceId: number): readonly ExecutionRecord[] {
    return [...this.#records.values()].filter(({ jobInstance }) => jobInstance.id === jobInstanceId).reverse()
  }
}

function slice<T>(list: readonly T[], page: Page | undefined): readonly T[] {
  const { offset, limit } = pageBounds(page)
  return list.slice(offset, offset + limit)
}
