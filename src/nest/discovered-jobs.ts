import { type DiscoveryService, ModuleRef } from '@nestjs/core'
import { compileJob } from '../decorator/compile-job.js'
import { DecoratorError } from '../decorator/decorator-error.js'
import { metadataOf } from '../decorator/metadata.js'
import type { Job } from '../job/job.js'
import { isJob } from '../launch/operator-options.js'
import { quote } from '../support/quote.js'
import { JobsNotKnownYetError } from './jobs-not-known-yet-error.js'
import { providerResolver } from './provider-resolver.js'

type Provider = ReturnType<DiscoveryService['getProviders']>[number]

/**
 * The jobs among the providers of the application: instances of classes with `@Job`, and jobs that the builder has made. They
 * are compiled once, when all providers are there.
 */
export class DiscoveredJobs {
  readonly #discovery: DiscoveryService
  readonly #application: ModuleRef
  #jobs: readonly Job[] | undefined

  constructor(discovery: DiscoveryService, application: ModuleRef) {
    this.#discovery = discovery
    this.#application = application
  }

  /**
   * @throws JobsNotKnownYetError Nest is still making providers
   * @throws DecoratorError a class cannot be a job
   */
  all(): readonly Job[] {
    this.#jobs ??= this.#find()
    return this.#jobs
  }

  #find(): readonly Job[] {
    const providers = this.#discovery.getProviders().filter(({ isAlias }) => !isAlias)
    if (providers.some((provider) => mayBeJob(provider) && !isMade(provider))) throw new JobsNotKnownYetError()
    const found = new Map<string, Provider>()
    const jobs = new Map<unknown, Job>()
    for (const provider of providers) {
      const job = this.#jobOf(provider)
      if (job === undefined || jobs.has(provider.instance)) continue
      const other = found.get(job.name)
      if (other !== undefined) {
        const problem = `two jobs are called ${quote(job.name)}: those of ${placeOf(other)}, and of ${placeOf(provider)}`
        throw new DecoratorError(nameOf(provider), undefined, problem)
      }
      found.set(job.name, provider)
      jobs.set(provider.instance, job)
    }
    return [...jobs.values()]
  }

  #jobOf(provider: Provider): Job | undefined {
    if (isJobClass(provider.metatype) && !hasOneInstance(provider)) {
      const problem = 'is request-scoped or transient: a job is compiled once, so there is one instance of it'
      throw new DecoratorError(nameOf(provider), undefined, problem)
    }
    if (!hasOneInstance(provider)) return undefined
    const instance: unknown = provider.instance
    if (isJob(instance)) return instance
    if (!isJobClass(classOf(instance))) return undefined
    const ownModule = provider.host?.getProviderByKey<ModuleRef>(ModuleRef)?.instance
    return compileJob(instance as object, { resolver: providerResolver(ownModule, this.#application) })
  }
}

/** What a factory gives is known only when it is made. */
function mayBeJob(provider: Provider): boolean {
  return hasOneInstance(provider) && (isJobClass(provider.metatype) || provider.isFactory)
}

/** Nest notes how long it took to make what it has made. Until then, the instance of a class is an empty one. */
function isMade({ initTime }: Provider): boolean {
  return initTime !== undefined
}

function hasOneInstance(provider: Provider): boolean {
  return !provider.isTransient && provider.isDependencyTreeStatic()
}

function isJobClass(type: unknown): boolean {
  return typeof type === 'function' && metadataOf(type as never).job !== undefined
}

function classOf(instance: unknown): unknown {
  if (typeof instance !== 'object' || instance === null) return undefined
  return (Object.getPrototypeOf(instance) as { readonly constructor?: unknown } | null)?.constructor
}

function nameOf({ name }: Provider): string {
  return String(name)
}

function placeOf(provider: Provider): string {
  return `${nameOf(provider)} of ${provider.host?.name ?? 'the application'}`
}
