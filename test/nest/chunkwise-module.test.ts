import { Inject, Injectable, Module } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import {
  job,
  type JobExecution,
  JobOperator,
  type JobRepository,
  MemoryJobRepository,
  PoolTaskExecutor,
  SyncTaskExecutor,
  type TaskExecutor,
  taskletStep,
} from 'chunkwise'
import { ChunkStep, Job, JobParam, Step, Tasklet } from 'chunkwise/decorators'
import { ChunkwiseModule, JOB_REPOSITORY, TASK_EXECUTOR } from 'chunkwise/nestjs'
import { describe, expect, it } from 'vitest'
import { started } from './nest.js'

@Injectable()
class Orders {
  readonly all = [10, 25, 40]
  readonly written: number[] = []
}

@ChunkStep<SumOrders>((it) => ({ chunkSize: 2, taskExecutor: it.executor }))
class SumOrders {
  constructor(
    @Inject(Orders) private readonly orders: Orders,
    @Inject(TASK_EXECUTOR) readonly executor: TaskExecutor,
  ) {}

  *read(@JobParam('least') least: number) {
    yield* this.orders.all.filter((amount) => amount >= least)
  }

  write(amounts: readonly number[]) {
    this.orders.written.push(...amounts)
  }
}

@Job({ name: 'orderTotals', parameters: { least: 'long' } })
class OrderTotals {
  total = 0

  constructor(@Inject(Orders) private readonly orders: Orders) {}

  @Step()
  sumOrders() {
    return SumOrders
  }

  @Tasklet()
  addUp() {
    this.total = this.orders.written.reduce((sum, one) => sum + one, 0)
  }
}

@Injectable()
class Host {
  constructor(
    @Inject(JobOperator) readonly operator: JobOperator,
    @Inject(JOB_REPOSITORY) readonly repository: JobRepository,
  ) {}
}

@Module({ providers: [Orders, OrderTotals, SumOrders, Host] })
class OrdersModule {}

function fail(): never {
  throw new Error('not in this context')
}

describe('ChunkwiseModule.forRoot', () => {
  it('finds the jobs among the providers, and runs them with the instances that Nest has made', async () => {
    const [repository, executor] = [new MemoryJobRepository(), new PoolTaskExecutor({ corePoolSize: 2 })]
    const application = await started({
      imports: [ChunkwiseModule.forRoot({ repository, executor }), OrdersModule],
    })
    const host = application.get(Host, { strict: false })
    expect(host.repository).toBe(repository)

    const execution = await host.operator.run('orderTotals', { least: 20 })
    execution.throwIfUnsuccessful()
    expect(application.get(OrderTotals, { strict: false }).total).toBe(65)
    const [stored] = await repository.listJobExecutions(execution.jobInstance.id)
    expect(stored?.stepExecutions.map(({ stepName, status }) => `${stepName} ${status}`)).toEqual([
      'sumOrders COMPLETED',
      'addUp COMPLETED',
    ])
    const { nodes } = host.operator.describe('orderTotals')
    expect(nodes.map(({ name }) => name)).toEqual(['sumOrders', 'addUp'])
    await executor.shutdown()
  })

  it('knows the jobs of a module that is compiled and not initialised, as unit tests have it', async () => {
    const imports = [ChunkwiseModule.forRoot({ repository: new MemoryJobRepository() }), OrdersModule]
    const application = await Test.createTestingModule({ imports }).compile()
    const execution = await application.get(JobOperator).run('orderTotals', { least: 0 })
    expect(execution.status).toBe('COMPLETED')
    await application.close()
  })

  it('finds jobs that the builder has made in a factory, and each once', async () => {
    const runs: string[] = []
    const nightly = {
      provide: 'NIGHTLY',
      inject: [Orders],
      useFactory: async (orders: Orders) =>
        job('nightly')
          .start(taskletStep('count', () => void runs.push(`${orders.all.length} orders`)))
          .build(),
    }
    const application = await started({
      imports: [ChunkwiseModule.forRoot({ repository: new MemoryJobRepository() })],
      providers: [Orders, nightly, { provide: 'ALIAS', useExisting: 'NIGHTLY' }],
    })
    const execution = await application.get(JobOperator).run('nightly')
    execution.throwIfUnsuccessful()
    expect(runs).toEqual(['3 orders'])
  })

  it('finds a job by whatever token and factory it is provided', async () => {
    const application = await started({
      imports: [ChunkwiseModule.forRoot({ repository: new MemoryJobRepository() })],
      providers: [
        Orders,
        SumOrders,
        { provide: 'TOTALS', inject: [Orders], useFactory: (orders: Orders) => new OrderTotals(orders) },
      ],
    })
    await application.get(JobOperator).run('orderTotals', { least: 30 })
    expect(application.get<OrderTotals>('TOTALS').total).toBe(40)
  })

  it('leaves providers alone that are proxies of others', async () => {
    const touchy = new Proxy({}, { get: (_target, name) => (name === 'name' ? fail() : undefined) })
    const application = await started({
      imports: [ChunkwiseModule.forRoot({ repository: new MemoryJobRepository() }), OrdersModule],
      providers: [{ provide: 'TOUCHY', useValue: touchy }],
    })
    expect((await application.get(JobOperator).run('orderTotals', { least: 0 })).status).toBe('COMPLETED')
  })

  it('gives a step class of the job’s own module before one of another', async () => {
    @Module({ providers: [Orders, SumOrders] })
    class OtherModule {}
    const application = await started({
      imports: [ChunkwiseModule.forRoot({ repository: new MemoryJobRepository() }), OtherModule, OrdersModule],
    })
    await application.get(JobOperator).run('orderTotals', { least: 0 })
    expect(application.select(OrdersModule).get(Orders, { strict: true }).written).toEqual([10, 25, 40])
    expect(application.select(OtherModule).get(Orders, { strict: true }).written).toEqual([])
  })

  it('runs chunks one after another when it is given no executor', async () => {
    const application = await started({
      imports: [ChunkwiseModule.forRoot({ repository: new MemoryJobRepository() })],
    })
    expect(application.get(TASK_EXECUTOR)).toBeInstanceOf(SyncTaskExecutor)
  })

  it('hands the other options of an operator on to it', async () => {
    const told: string[] = []
    const listeners = [{ afterJob: ({ jobName, status }: JobExecution) => void told.push(`${jobName} ${status}`) }]
    const application = await started({
      imports: [ChunkwiseModule.forRoot({ repository: new MemoryJobRepository(), listeners }), OrdersModule],
    })
    await application.get(JobOperator).run('orderTotals', { least: 0 })
    expect(told).toEqual(['orderTotals COMPLETED'])
  })

  it('lets a test put another repository in its place', async () => {
    const repository = new MemoryJobRepository()
    const application = await started(
      { imports: [ChunkwiseModule.forRoot({ repository: new MemoryJobRepository() }), OrdersModule] },
      (builder) => builder.overrideProvider(JOB_REPOSITORY).useValue(repository),
    )
    await application.get(JobOperator).run('orderTotals', { least: 0 })
    expect(await repository.listJobNames()).toEqual(['orderTotals'])
  })
})

describe('ChunkwiseModule.forRootAsync', () => {
  it('takes its options from a factory that injects what other modules export', async () => {
    const repository = new MemoryJobRepository()
    @Module({ providers: [{ provide: 'DATABASE', useFactory: async () => repository }], exports: ['DATABASE'] })
    class DatabaseModule {}
    const application = await started({
      imports: [
        ChunkwiseModule.forRootAsync({
          imports: [DatabaseModule],
          inject: ['DATABASE'],
          useFactory: async (given: MemoryJobRepository) => ({ repository: given }),
        }),
        OrdersModule,
      ],
    })
    await application.get(JobOperator).run('orderTotals', { least: 0 })
    expect(await repository.listJobNames()).toEqual(['orderTotals'])
  })
})
