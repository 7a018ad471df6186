import type { JobRepository, OwnerRequest, OwnerSession } from 'chunkwise'

/** Whether the process dies at this call of the repository, and on which side of its effect. */
export type DiesAt = (method: keyof JobRepository, parameters: readonly unknown[]) => 'before' | 'after' | undefined

/** What never comes: the process that waits for it is dead. */
export const never: Promise<never> = new Promise(() => undefined)

/**
 * A repository as a process sees it that dies: from then on none of its calls does anything or answers, and its lease has
 * expired. Whoever still runs in it hangs for ever.
 */
export class Mortal implements AsyncDisposable {
  readonly repository: JobRepository
  readonly died: Promise<void>
  readonly #sessions: OwnerSession[] = []
  #isDead = false
  #tell!: () => void

  constructor(real: JobRepository, diesAt: DiesAt = () => undefined) {
    this.died = new Promise((resolve) => (this.#tell = resolve))
    this.repository = new Proxy(real, {
      get: (target, key: keyof JobRepository) => {
        const member: unknown = Reflect.get(target, key, target)
        if (typeof member !== 'function') return member
        return (...parameters: unknown[]) => this.#call(target, key, member as Method, parameters, diesAt)
      },
    })
  }

  get isDead(): boolean {
    return this.#isDead
  }

  die(): void {
    this.#isDead = true
    this.#tell()
  }

  async #call(
    target: JobRepository,
    key: keyof JobRepository,
    method: Method,
    parameters: unknown[],
    diesAt: DiesAt,
  ): Promise<unknown> {
    if (this.#isDead) return never
    if (key === 'openOwner') return this.#openOwner(target, parameters[0] as OwnerRequest)
    const side = diesAt(key, parameters)
    if (side === 'before') this.die()
    if (this.#isDead) return never
    const answer = await method.apply(target, parameters)
    if (side === 'after') this.die()
    return this.#isDead ? never : answer
  }

  async #openOwner(target: JobRepository, request: OwnerRequest): Promise<OwnerSession> {
    const session = await target.openOwner({ ...request, leaseDuration: 0 })
    this.#sessions.push(session)
    return session
  }

  /** Gives the connection back that a real death would have closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) await session.close()
  }
}

type Method = (...parameters: unknown[]) => Promise<unknown>
