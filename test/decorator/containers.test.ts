import 'reflect-metadata'
import * as awilix from 'awilix'
import {
  ChunkStep,
  compileJob,
  type ComponentClass,
  type ComponentResolver,
  DecoratorError,
  Job,
  JobParam,
  Step,
  Tasklet,
} from 'chunkwise/decorators'
import { runJob } from 'chunkwise/testing'
import * as inversify from 'inversify'
import * as tsyringe from 'tsyringe'
import { describe, expect, it } from 'vitest'

// Interfaces, of which no compiler emits anything: what works with them works with esbuild and tsx.
interface Orders {
  readonly amounts: readonly number[]
  readonly written: number[]
}
interface Report {
  readonly lines: string[]
}
const ORDERS = Symbol('Orders')
const REPORT = Symbol('Report')

@ChunkStep({ chunkSize: 2 })
class SumOrders {
  constructor(readonly orders: Orders) {}

  async *read(@JobParam('least') least: number) {
    yield* this.orders.amounts.filter((amount) => amount >= least)
  }

  write(amounts: readonly number[]) {
    this.orders.written.push(...amounts)
  }
}

@Job({ name: 'orders', parameters: { least: 'long' } })
class OrdersJob {
  constructor(
    readonly report: Report,
    readonly step: new (...args: never[]) => SumOrders,
  ) {}

  @Step()
  sumOrders() {
    return this.step
  }

  @Tasklet()
  tell(@JobParam('least') least: number) {
    this.report.lines.push(`those of at least ${least}`)
  }
}

@tsyringe.injectable()
class TsyringeStep extends SumOrders {
  constructor(@tsyringe.inject(ORDERS) orders: Orders) {
    super(orders)
  }
}

@tsyringe.injectable()
class TsyringeJob extends OrdersJob {
  constructor(@tsyringe.inject(REPORT) report: Report) {
    super(report, TsyringeStep)
  }
}

@inversify.injectable()
class InversifyStep extends SumOrders {
  constructor(@inversify.inject(ORDERS) orders: Orders) {
    super(orders)
  }
}

@inversify.injectable()
class InversifyJob extends OrdersJob {
  constructor(@inversify.inject(REPORT) report: Report) {
    super(report, InversifyStep)
  }
}

class AwilixStep extends SumOrders {
  constructor({ orders }: { readonly orders: Orders }) {
    super(orders)
  }
}

class AwilixJob extends OrdersJob {
  constructor({ report }: { readonly report: Report }) {
    super(report, AwilixStep)
  }
}

/** A container that has the report, and the orders too if they are given. */
type MakeResolver = (report: Report, orders?: Orders) => ComponentResolver

const inTsyringe: MakeResolver = (report, orders) => {
  const container = tsyringe.container.createChildContainer()
  container.registerInstance(REPORT, report)
  if (orders !== undefined) container.registerInstance(ORDERS, orders)
  return { resolve: (type) => container.resolve(type) }
}

const inInversify: MakeResolver = (report, orders) => {
  const container = new inversify.Container()
  container.bind(REPORT).toConstantValue(report)
  if (orders !== undefined) container.bind(ORDERS).toConstantValue(orders)
  container.bind(InversifyJob).toSelf()
  container.bind(InversifyStep).toSelf()
  return { resolve: (type) => container.get(type) }
}

const inAwilix: MakeResolver = (report, orders) => {
  const container = awilix.createContainer()
  container.register({ report: awilix.asValue(report) })
  if (orders !== undefined) container.register({ orders: awilix.asValue(orders) })
  return { resolve: (type) => container.build(type) }
}

/** What no container is told of. */
class Stranger {
  constructor(readonly orders: Orders) {}
}

/** Awilix makes any class: what this one needs is what it does not know. */
class AwilixStranger extends Stranger {
  constructor({ orders }: { readonly orders: Orders }) {
    super(orders)
  }
}

/** What compiling throws. */
function refusal(type: ComponentClass, resolver: ComponentResolver): DecoratorError {
  try {
    compileJob(type, { resolver })
  } catch (error) {
    if (error instanceof DecoratorError) return error
    throw error
  }
  throw new Error('it was made')
}

describe.each([
  { container: 'tsyringe', make: inTsyringe, jobClass: TsyringeJob, stepClass: TsyringeStep, stranger: Stranger },
  { container: 'inversify', make: inInversify, jobClass: InversifyJob, stepClass: InversifyStep, stranger: Stranger },
  { container: 'awilix', make: inAwilix, jobClass: AwilixJob, stepClass: AwilixStep, stranger: AwilixStranger },
])('a resolver of $container', ({ make, jobClass, stepClass, stranger }) => {
  it('makes a job and its step with what they need', async () => {
    const report: Report = { lines: [] }
    const orders: Orders = { amounts: [10, 25, 40], written: [] }
    const job = compileJob<{ least: 'long' }>(jobClass, { resolver: make(report, orders) })
    const execution = await runJob(job, { least: 20 })
    execution.throwIfUnsuccessful()
    expect(execution.stepExecutions.map(({ stepName, counts }) => [stepName, counts.write])).toEqual([
      ['sumOrders', 2],
      ['tell', 0],
    ])
    expect(orders.written).toEqual([25, 40])
    expect(report.lines).toEqual(['those of at least 20'])
  })

  it('names the class that it cannot make, and the reason of the container', () => {
    const error = refusal(jobClass, make({ lines: [] }))
    expect(error).toMatchObject({ code: 'BATCH_DECORATOR', className: stepClass.name, cause: expect.any(Error) })
    expect(error.message).toContain(`${stepClass.name}: the resolver gave no instance of it: `)
    expect(error.message).toContain((error.cause as Error).message)
  })

  it('names a class that the container does not know', () => {
    const error = refusal(stranger, make({ lines: [] }))
    expect(error).toMatchObject({ className: stranger.name, cause: expect.any(Error) })
    expect(error.message).toContain(`${stranger.name}: the resolver gave no instance of it: `)
  })
})
