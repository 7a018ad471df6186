import { OwnershipLostError } from '../domain/ownership-errors.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { CheckpointAnswer, JobRepository } from '../repository/job-repository.js'
import type { Lease, OwnerRequest, OwnerSession } from '../repository/lease.js'
import type { RangeRecord } from '../repository/range-ledger.js'
import type { ManagedTransaction } from '../transaction/transaction.js'

/** When a process dies: around the commit of its `chunk`-th chunk, from 1, or when all is done but the step's end not stored. */
export type Death =
  | { readonly when: 'before-commit' | 'after-commit'; readonly chunk: number }
  | { readonly when: 'before-end'; readonly stepName: string }

type Save = (
  saved: StepExecution | RangeRecord,
  lease: Lease,
  transaction: ManagedTransaction,
) => Promise<CheckpointAnswer>

/**
 * A repository as a process sees it that dies at a certain point. From then on nothing that it asks is answered and nothing
 * it commits is stored, so that whatever runs in it stands still, its streams unclosed; its lease has expired already. Once
 * buried it learns that its ownership is lost, and ends.
 */
export class MortalRepository {
  /** What the dying process is handed. */
  readonly repository: JobRepository
  /** Resolves when it has died, and its transaction is rolled back or committed. */
  readonly died: Promise<void>
  readonly #real: JobRepository
  readonly #death: Death | undefined
  readonly #afterlife: Promise<never>
  #tellDeath!: () => void
  #bury!: (reason: OwnershipLostError) => void
  /** Of each step execution the chunks that it has committed. */
  readonly #committed = new Map<number, number>()
  #isDead = false
  /** Of chunks that may commit side by side. */
  #saves = 0
  #commits = 0

  /** Without a death it counts commits only. */
  constructor(real: JobRepository, death?: Death) {
    this.#real = real
    this.#death = death
    this.died = new Promise((resolve) => (this.#tellDeath = resolve))
    this.#afterlife = new Promise((_resolve, reject) => (this.#bury = reject))
    // Nobody may be waiting for it.
    this.#afterlife.catch(() => undefined)
    this.repository = new Proxy(real, { get: (_target, name) => this.#member(name) })
  }

  /** How many chunks have been committed. */
  get commits(): number {
    return this.#commits
  }

  /** Lets what stands still end: it owns nothing any more. */
  bury(lease: { readonly jobExecutionId: number; readonly ownerId: string }): void {
    this.#isDead = true
    this.#bury(new OwnershipLostError(lease, 'its process was killed by a test'))
  }

  #member(name: string | symbol): unknown {
    const value: unknown = Reflect.get(this.#real, name, this.#real)
    if (typeof value !== 'function') return value
    const method = value.bind(this.#real) as (...args: readonly unknown[]) => unknown
    if (name === 'openOwner') return (request: OwnerRequest) => this.#openOwner(request)
    if (name === 'saveCheckpoint' || name === 'saveRange') return this.#saving(method as unknown as Save)
    return (...args: readonly unknown[]) => {
      if (name === 'updateStepExecution' && this.#isEnd(args[0] as StepExecution)) this.#die()
      return this.#isDead ? this.#afterlife : method(...args)
    }
  }

  async #openOwner(request: OwnerRequest): Promise<OwnerSession> {
    // Expired from the beginning: a restart need not wait. Nobody else is there to take anything over before.
    const session = await this.#real.openOwner({ ...request, leaseDuration: 0 })
    const alive = <T>(ask: () => Promise<T>): Promise<T> => (this.#isDead ? this.#afterlife : ask())
    return {
      ownerId: session.ownerId,
      sessionLock: session.sessionLock,
      renew: () => alive(() => session.renew()),
      held: () => alive(() => session.held()),
      close: () => session.close(),
    }
  }

  #saving(save: Save): Save {
    return (saved, lease, transaction) => {
      const isChunk = this.#isChunk(saved)
      if (this.#isDead || (isChunk && this.#diesAt('before-commit', this.#saves + 1)))
        return this.#dieInside(transaction)
      const answer = save(saved, lease, transaction)
      if (isChunk) this.#count(saved, transaction)
      const heard = answer.then((it) => (this.#isDead ? this.#afterlife : it))
      heard.catch(() => undefined)
      return heard
    }
  }

  /** A step also stores where its outputs begin, which is no chunk. */
  #isChunk(saved: StepExecution | RangeRecord): boolean {
    return 'range' in saved || saved.counts.commit > (this.#committed.get(saved.id) ?? 0)
  }

  #count(saved: StepExecution | RangeRecord, transaction: ManagedTransaction): void {
    this.#saves++
    transaction.onRollback(() => this.#saves--)
    transaction.onCommit(() => {
      if (!('range' in saved)) this.#committed.set(saved.id, saved.counts.commit)
      this.#commits++
      if (this.#diesAt('after-commit', this.#commits)) this.#die()
    })
  }

  /** The database rolls back what a dead process has not committed. */
  #dieInside(transaction: ManagedTransaction): Promise<never> {
    this.#isDead = true
    transaction.commit = async () => {
      await transaction.rollback()
      this.#die()
      return this.#afterlife
    }
    return this.#afterlife
  }

  #die(): void {
    this.#isDead = true
    this.#tellDeath()
  }

  #diesAt(when: Death['when'], chunk: number): boolean {
    const death = this.#death
    return death?.when === when && death.when !== 'before-end' && death.chunk === chunk
  }

  #isEnd({ stepName, status }: StepExecution): boolean {
    const death = this.#death
    return death?.when === 'before-end' && death.stepName === stepName && status === 'COMPLETED'
  }
}
