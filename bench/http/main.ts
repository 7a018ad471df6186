import { Pool } from 'undici'
import { chunkStep, job, JobOperator, MemoryJobRepository } from 'chunkwise'
import { HttpClient, HttpEnrichProcessor, HttpItemWriter } from 'chunkwise/http'

// Calls a service from this process and prints what it took: node main.ts <case> <calls> <concurrency>
const [name = '', callsText = '', concurrencyText = ''] = process.argv.slice(2)
const url = process.env['BENCH_URL'] ?? ''
const concurrency = Number(concurrencyText)
/** The calls of the run under way. */
let numbers: readonly number[] = []

/** Calls so many at once until all are done. */
async function inParallel(call: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < numbers.length) await call(next++)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

async function byClient(client: HttpClient): Promise<void> {
  await inParallel(async (index) => (await client.request({ url: `item?id=${index}` })).json())
}

async function runJob(step: Parameters<ReturnType<typeof job>['start']>[0]): Promise<void> {
  await using operator = new JobOperator({ repository: new MemoryJobRepository() })
  const execution = await operator.run(job('calls').start(step).build())
  execution.throwIfUnsuccessful()
}

async function byWriter(client: HttpClient): Promise<void> {
  const writer = new HttpItemWriter<number>({
    client,
    request: (id) => ({ method: 'POST', url: 'item', json: { id } }),
    requestConcurrency: concurrency,
  })
  await runJob(chunkStep('write', { chunkSize: 2000, reader: numbers, writer }) as never)
}

async function byProcessor(client: HttpClient): Promise<void> {
  const processor = new HttpEnrichProcessor({
    client,
    cache: { size: 0 },
    key: (id: number) => String(id),
    request: (id) => ({ url: `item?id=${id}` }),
    combine: (id, found: unknown) => ({ id, found }),
  })
  const step = chunkStep('enrich', {
    chunkSize: 2000,
    itemConcurrency: concurrency,
    reader: numbers,
    processor,
    writer: () => undefined,
  })
  await runJob(step as never)
}

async function withClient(run: (client: HttpClient) => Promise<void>): Promise<void> {
  await using client = new HttpClient({ baseUrl: url, connections: concurrency })
  await run(client)
}

async function byHand(path: string): Promise<void> {
  const pool = new Pool(url, { connections: concurrency })
  await inParallel(async (index) => {
    const { body } = await pool.request({ method: 'GET', path: `/${path}?id=${index}` })
    return body.json()
  })
  await pool.close()
}

async function byFetch(path: string): Promise<void> {
  await inParallel(async (index) => (await fetch(`${url}${path}?id=${index}`)).json())
}

const cases: Readonly<Record<string, () => Promise<void>>> = {
  'undici, by hand': () => byHand('item'),
  'undici, by hand, answered at once': () => byHand('now'),
  HttpClient: () => withClient(byClient),
  'HttpEnrichProcessor in a step': () => withClient(byProcessor),
  'HttpItemWriter in a step': () => withClient(byWriter),
  fetch: () => byFetch('item'),
  'fetch without keep-alive': () => byFetch('close'),
}

const run = cases[name]
if (run === undefined) throw new Error(`no case ${name}: ${Object.keys(cases).join('; ')}`)
const calls = Number(callsText)
// A process that has just begun compiles what it runs: at 128 calls at once that would be half of the time.
numbers = Array.from({ length: calls / 5 }, (_, index) => index)
await run()
numbers = Array.from({ length: calls }, (_, index) => index)
const started = performance.now()
const cpuBefore = process.cpuUsage()
await run()
const { user, system } = process.cpuUsage(cpuBefore)
const seconds = (performance.now() - started) / 1000
console.log(JSON.stringify({ seconds, items: calls, cpuPerItem: (user + system) / calls }))
process.exit()
