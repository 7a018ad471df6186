import { Pool } from 'undici'
import { chunkStep, job, JobOperator, MemoryJobRepository } from 'chunkwise'
import { HttpClient, HttpEnrichProcessor, HttpItemWriter } from 'chunkwise/http'

// Calls a service from this process and prints what it took: node main.ts <case> <calls> <concurrency>
const [name = '', callsText = '', concurrencyText = ''] = process.argv.slice(2)
const url = process.env['BENCH_URL'] ?? ''
const concurrency = Number(concurrencyText)
/** Items a chunk. A chunk ends with its last call: at 128 at once that is 5 ms after 39 rounds of them. */
const CHUNK = 5000
/** More than calls at once: undici lets a connection rest for a turn of the event loop after its answer. */
const connections = Math.ceil(concurrency * 1.25)
/** For how long the process makes calls before it is measured, in milliseconds. */
const WARM_UP = 5000

/** Makes calls with these numbers, all of them or none. */
type Call = (numbers: readonly number[]) => Promise<void>

/** Calls so many at once until all are done. */
function inParallel(call: (number: number) => Promise<unknown>): Call {
  return async (numbers) => {
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < numbers.length) await call(numbers[next++] as number)
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
  }
}

function newClient(): HttpClient {
  return new HttpClient({ baseUrl: url, connections })
}

function byClient(): Call {
  const client = newClient()
  return inParallel(async (id) => (await client.request({ url: `item?id=${id}` })).json())
}

async function runJob(step: Parameters<ReturnType<typeof job>['start']>[0]): Promise<void> {
  await using operator = new JobOperator({ repository: new MemoryJobRepository() })
  const execution = await operator.run(job('calls').start(step).build())
  execution.throwIfUnsuccessful()
}

function byWriter(): Call {
  const writer = new HttpItemWriter<number>({
    client: newClient(),
    request: (id) => ({ method: 'POST', url: 'item', json: { id } }),
    requestConcurrency: concurrency,
  })
  return (numbers) => runJob(chunkStep('write', { chunkSize: CHUNK, reader: numbers, writer }) as never)
}

function byProcessor(): Call {
  const processor = new HttpEnrichProcessor({
    client: newClient(),
    cache: { size: 0 },
    key: (id: number) => String(id),
    request: (id) => ({ url: `item?id=${id}` }),
    combine: (id, found: unknown) => ({ id, found }),
  })
  return (reader) => {
    const options = { chunkSize: CHUNK, itemConcurrency: concurrency, reader, processor, writer: () => undefined }
    return runJob(chunkStep('enrich', options) as never)
  }
}

function byHand(path: string): Call {
  const pool = new Pool(url, { connections })
  return inParallel(async (id) => {
    const { body } = await pool.request({ method: 'GET', path: `/${path}?id=${id}` })
    return body.json()
  })
}

function byFetch(path: string): Call {
  return inParallel(async (id) => (await fetch(`${url}${path}?id=${id}`)).json())
}

const cases: Readonly<Record<string, () => Call>> = {
  'undici, by hand': () => byHand('item'),
  'undici, by hand, answered at once': () => byHand('now'),
  HttpClient: byClient,
  'HttpEnrichProcessor in a step': byProcessor,
  'HttpItemWriter in a step': byWriter,
  fetch: () => byFetch('item'),
  'fetch without keep-alive': () => byFetch('close'),
}

const make = cases[name]
if (make === undefined) throw new Error(`no case ${name}: ${Object.keys(cases).join('; ')}`)
const call = make()
const numbers = Array.from({ length: Number(callsText) }, (_, index) => index)
// What is measured is a process that has run for a while: its code is compiled, its connections are open.
do await call(numbers)
while (performance.now() < WARM_UP)
const started = performance.now()
const cpuBefore = process.cpuUsage()
await call(numbers)
const { user, system } = process.cpuUsage(cpuBefore)
const seconds = (performance.now() - started) / 1000
console.log(JSON.stringify({ seconds, items: numbers.length, cpuPerItem: (user + system) / numbers.length }))
process.exit()
