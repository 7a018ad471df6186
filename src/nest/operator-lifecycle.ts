import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common'
import type { JobOperator } from '../launch/job-operator.js'
import type { DiscoveredJobs } from './discovered-jobs.js'

/** Ties the operator to the life of the application. */
export class OperatorLifecycle implements OnModuleInit, OnModuleDestroy {
  readonly #operator: JobOperator
  readonly #jobs: DiscoveredJobs
  readonly #shutdownGrace: number

  constructor(operator: JobOperator, jobs: DiscoveredJobs, shutdownGrace: number) {
    this.#operator = operator
    this.#jobs = jobs
    this.#shutdownGrace = shutdownGrace
  }

  /** A job that cannot be run keeps the application from starting. */
  async onModuleInit(): Promise<void> {
    try {
      this.#jobs.all()
    } catch (error) {
      await this.#operator.close()
      throw error
    }
  }

  /** In the first of the phases in which an application ends: what jobs use is closed in a later one. */
  async onModuleDestroy(): Promise<void> {
    await this.#operator.shutdown({ grace: this.#shutdownGrace })
  }
}
