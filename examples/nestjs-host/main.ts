// A job in a NestJS application: npx tsx examples/nestjs-host/main.ts
import { Inject, Injectable, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { type JobExecution, JobOperator, MemoryJobRepository, PoolTaskExecutor, type TaskExecutor } from 'chunkwise'
import { AfterJob, ChunkStep, Job, JobParam, Step } from 'chunkwise/decorators'
import { ChunkwiseModule, TASK_EXECUTOR } from 'chunkwise/nestjs'
import { isMain } from '../is-main.js'

interface Order {
  readonly id: number
  readonly day: string
  readonly amount: number
}

/** Stands for a service of yours, with its table. */
@Injectable()
class Orders {
  readonly all: readonly Order[] = [10, 25, 40].map((amount, id) => ({ id, day: '2026-01-31', amount }))
  readonly invoices: string[] = []
}

/** A step, with what Nest gives it. `@Inject` says what: not every tool emits the types of constructors. */
@ChunkStep<WriteInvoices>((it) => ({ chunkSize: 2, taskExecutor: it.executor }))
class WriteInvoices {
  constructor(
    @Inject(Orders) private readonly orders: Orders,
    @Inject(TASK_EXECUTOR) readonly executor: TaskExecutor,
  ) {}

  async *read(@JobParam('day') day: string) {
    yield* this.orders.all.filter((order) => order.day === day)
  }

  process({ id, amount }: Order) {
    return `order ${id}: ${amount}`
  }

  write(invoices: readonly string[]) {
    this.orders.invoices.push(...invoices)
  }
}

@Job({ name: 'invoices', parameters: { day: 'localDate' } })
class InvoicesJob {
  @Step()
  writeInvoices() {
    return WriteInvoices
  }

  @AfterJob()
  tell({ jobInstance, status }: JobExecution) {
    console.log(jobInstance.jobName, status)
  }
}

/** What a controller or a scheduler of yours calls. */
@Injectable()
class InvoiceService {
  constructor(@Inject(JobOperator) private readonly operator: JobOperator) {}

  write(day: string): Promise<JobExecution> {
    return this.operator.run('invoices', { day })
  }
}

@Module({
  imports: [
    ChunkwiseModule.forRoot({
      repository: new MemoryJobRepository(),
      executor: new PoolTaskExecutor({ corePoolSize: 2 }),
      shutdownGrace: '5s',
    }),
  ],
  providers: [Orders, WriteInvoices, InvoicesJob, InvoiceService],
})
class AppModule {}

/** Starts the application, writes the invoices of a day, and ends it. */
export async function main(): Promise<{ status: string; invoices: readonly string[] }> {
  const application = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] })
  application.enableShutdownHooks()
  const { status } = await application.get(InvoiceService).write('2026-01-31')
  const { invoices } = application.get(Orders)
  await application.close()
  return { status, invoices }
}

if (isMain(import.meta.url)) console.log(await main())
