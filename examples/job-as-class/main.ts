// A job as a class, with a step that is a class of its own: npx tsx examples/job-as-class/main.ts
import {
  type DecisionContext,
  type JobExecution,
  JobOperator,
  MemoryJobRepository,
  type TaskletContext,
} from 'chunkwise'
import {
  AfterJob,
  ChunkStep,
  compileJob,
  type ComponentClass,
  Decision,
  Job,
  JobContextValue,
  JobParam,
  OnSkipInProcess,
  Step,
  Tasklet,
} from 'chunkwise/decorators'
import { isMain } from '../is-main.js'

interface Order {
  readonly id: number
  readonly day: string
  readonly amount: number
}

/** Stands for a table. */
class Orders {
  readonly all: readonly Order[] = [10, 25, -1, 40].map((amount, id) => ({ id, day: '2026-01-31', amount }))
  readonly totals: number[] = []
}

@ChunkStep({ chunkSize: 2, skip: { limit: 5, on: [RangeError] } })
class SumOrders {
  readonly skipped: number[] = []

  constructor(private readonly orders: Orders) {}

  // `async` where it waits for pages, as it mostly does.
  *read(@JobParam('day') day: string) {
    yield* this.orders.all.filter((order) => order.day === day)
  }

  process(order: Order) {
    if (order.amount < 0) throw new RangeError(`order ${order.id} is negative`)
    return order.amount
  }

  write(amounts: readonly number[]) {
    this.orders.totals.push(amounts.reduce((sum, amount) => sum + amount, 0))
  }

  @OnSkipInProcess()
  remember(order: Order) {
    this.skipped.push(order.id)
  }
}

@Job({ name: 'orderTotals', parameters: { day: 'localDate' } })
class OrderTotals {
  report = ''

  constructor(private readonly orders: Orders) {}

  // The order of the class is the order of the job.
  @Step()
  sumOrders() {
    return SumOrders
  }

  @Tasklet({ promote: ['total'] })
  addUp({ executionContext }: TaskletContext) {
    executionContext.put(
      'total',
      this.orders.totals.reduce((sum, one) => sum + one, 0),
    )
  }

  @Decision({ on: { HIGH: 'celebrate', LOW: { end: 'A QUIET DAY' } } })
  howMuch(_context: DecisionContext, @JobContextValue('total') total: number) {
    return total > 50 ? 'HIGH' : 'LOW'
  }

  @Tasklet({ outside: true })
  celebrate(@JobParam('day') day: string, @JobContextValue('total') total: number) {
    this.report = `${total} on ${day}`
  }

  @AfterJob()
  tell({ exitStatus }: JobExecution) {
    console.log(exitStatus.exitCode, this.report)
  }
}

/** Compiles the class with a container of the host's, here a map, and runs it. */
export async function main(): Promise<{ report: string; steps: readonly string[]; skipped: readonly number[] }> {
  const orders = new Orders()
  const [sumOrders, orderTotals] = [new SumOrders(orders), new OrderTotals(orders)]
  const container = new Map<ComponentClass, object>([
    [SumOrders, sumOrders],
    [OrderTotals, orderTotals],
  ])
  const resolver = { resolve: <T extends object>(type: ComponentClass<T>): T => container.get(type) as T }

  const job = compileJob<{ day: 'localDate' }>(OrderTotals, { resolver })
  await using operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [job] })
  const { stepExecutions } = await operator.run(job, { day: '2026-01-31' })
  return {
    report: orderTotals.report,
    steps: stepExecutions.map(({ stepName, status }) => `${stepName} ${status}`),
    skipped: sumOrders.skipped,
  }
}

if (isMain(import.meta.url)) console.log(await main())
