import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { ExecutionContext } from '../domain/execution-context.js'
import type { JobExecution } from '../domain/job-execution.js'
import type { JobParameter, JobParameters } from '../domain/job-parameters.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { CheckpointAnswer, JobExecutionRequest, JobRepository } from '../repository/job-repository.js'
import type { Lease, LeaseState, OwnerSession } from '../repository/lease.js'

/** A minute: no test lasts so long. */
const LONG = 60_000

/** An execution that a test has started, with the right to write for it. */
export interface Started {
  readonly execution: JobExecution
  readonly lease: Lease
}

/** What each test of the repository contract works with: names of its own, so that tests may share a repository. */
export class ContractBench {
  readonly repository: JobRepository
  readonly jobName: string = `contract ${randomUUID()}`
  readonly #sessions: OwnerSession[] = []

  constructor(repository: JobRepository) {
    this.repository = repository
  }

  /** Registers an owner; one with a lease of 0 has expired as soon as it is there. */
  async owner(leaseDuration: number = LONG): Promise<OwnerSession> {
    const session = await this.repository.openOwner({
      ownerId: randomUUID(),
      leaseDuration,
      onSessionLost: () => undefined,
    })
    this.#sessions.push(session)
    return session
  }

  async start(owner: OwnerSession, request: Partial<JobExecutionRequest> = {}): Promise<Started> {
    const { ownerId } = owner
    const execution = await this.repository.createJobExecution({
      jobName: this.jobName,
      parameters: new Map(),
      restartable: true,
      ownerId,
      ...request,
    })
    return { execution, lease: { ownerId, jobInstanceId: execution.jobInstance.id, jobExecutionId: execution.id } }
  }

  step(lease: Lease, values: Readonly<Record<string, unknown>> = {}, stepName = 'load'): Promise<StepExecution> {
    return this.repository.createStepExecution({ lease, stepName, executionContext: new ExecutionContext(values) })
  }

  /** Saves a checkpoint in a transaction of its own, and commits. */
  async checkpoint(step: StepExecution, lease: Lease): Promise<CheckpointAnswer> {
    const transaction = await this.repository.transactionManager.begin()
    try {
      const answer = this.repository.saveCheckpoint(step, lease, transaction)
      await transaction.commit()
      return await answer
    } finally {
      await transaction.rollback()
    }
  }

  /** Ends an execution. */
  finish({ execution, lease }: Started, changes: Partial<JobExecution> = {}): Promise<JobExecution> {
    const { repository } = this
    return repository.finishJobExecution(Object.assign(execution, { status: 'COMPLETED', ...changes }), lease)
  }

  async lease(jobInstanceId: number): Promise<LeaseState> {
    const state = await this.repository.findLease(jobInstanceId)
    assert.ok(state !== undefined, 'somebody holds the instance')
    return state
  }

  async storedStep(id: number): Promise<StepExecution> {
    const step = await this.repository.getStepExecution(id)
    assert.ok(step !== undefined, 'the step execution is stored')
    return step
  }

  async storedExecution(id: number): Promise<JobExecution> {
    const execution = await this.repository.getJobExecution(id)
    assert.ok(execution !== undefined, 'the job execution is stored')
    return execution
  }

  async dispose(): Promise<void> {
    for (const session of this.#sessions) await session.close()
  }
}

/** Rules of a contract, by what they say. */
export type Rules = Readonly<Record<string, (bench: ContractBench) => Promise<void>>>

/** One rule for each case. */
export function forEach<const T>(
  cases: readonly T[],
  name: (one: T) => string,
  test: (bench: ContractBench, one: T) => Promise<void>,
): Rules {
  return Object.fromEntries(cases.map((one) => [name(one), (bench: ContractBench) => test(bench, one)]))
}

/** Parameters with values, identifying unless said otherwise. */
export function parametersOf(values: Readonly<Record<string, Omit<JobParameter, 'identifying'>>>): JobParameters {
  return new Map(Object.entries(values).map(([name, value]) => [name, { identifying: true, ...value }]))
}

/** Asserts that a promise rejects with an error of this class, and resolves with the error. */
export async function rejected<E extends Error>(
  promise: Promise<unknown>,
  type: abstract new (...parameters: never[]) => E,
): Promise<E> {
  const error = await promise.then(
    () => assert.fail(`nothing was thrown, instead of ${type.name}`),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof type, `expected ${type.name}, but it is ${String(error)}`)
  return error
}
