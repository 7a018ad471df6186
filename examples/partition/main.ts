// Regions are worked off side by side; only the one that failed runs again: npx tsx examples/partition/main.ts
import { chunkStep, job, JobOperator, MemoryJobRepository, partitionStep, type StepContext } from 'chunkwise'
import { isMain } from '../is-main.js'

/** What the two runs of the job did. */
export interface Outcome {
  readonly statuses: readonly string[]
  /** The step executions that each run had. */
  readonly ran: readonly (readonly string[])[]
  /** How many invoices were sent, over both runs, as the step itself counts. */
  readonly counted: number
  readonly sent: readonly string[]
}

const CUSTOMERS: Readonly<Record<string, readonly string[]>> = {
  north: ['Ada', 'Grace', 'Barbara'],
  south: ['Frances', 'Jean'],
  west: ['Kay', 'Betty', 'Marlyn', 'Ruth'],
}

/** Sends an invoice to each customer, region by region. The mail server of the south is down at first. */
export async function main(): Promise<Outcome> {
  const sent: string[] = []
  let down = true

  // Its reader is a function: each partition makes one of its own, from the values of its context.
  const sendInvoices = chunkStep('sendInvoices', {
    chunkSize: 2,
    reader: ({ executionContext }: StepContext) => CUSTOMERS[executionContext.get<string>('region') ?? ''] ?? [],
    writer: (customers, { stepExecution }) => {
      if (down && stepExecution.stepName === 'invoices:south') throw new Error('the mail server is down')
      sent.push(...customers)
    },
  })
  const invoices = partitionStep('invoices', {
    partitioner: () => Object.keys(CUSTOMERS).map((region) => ({ name: region, context: { region } })),
    step: sendInvoices,
    gridSize: 2,
  })
  const billing = job('billing', { parameters: { month: 'string' } })
    .start(invoices)
    .build()

  await using operator = new JobOperator({ repository: new MemoryJobRepository() })
  const failed = await operator.run(billing, { month: '2026-01' })
  down = false
  const completed = await operator.run(billing, { month: '2026-01' })

  const ran: string[][] = []
  for (const { id } of [failed, completed]) {
    // From the repository: the running execution does not hold its partitions.
    const stored = await operator.execution(id)
    ran.push((stored?.stepExecutions ?? []).map(({ stepName, status }) => `${stepName} ${status}`))
  }
  return {
    statuses: [failed.status, completed.status],
    ran,
    counted: completed.stepExecutions[0]?.counts.write ?? 0,
    sent: sent.toSorted(),
  }
}

if (isMain(import.meta.url)) console.log(await main())
