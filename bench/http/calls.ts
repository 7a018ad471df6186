import { interleaved, measure, type Measure, median, printTable } from '../measure.js'
import type { Lateness } from './due-answers.js'
import { type Service, startService } from './service.js'

const HAND = 'undici, by hand'
/** What one core can send: the same calls to a service that takes no time. */
const BOUND = 'undici, by hand, answered at once'
const WAYS = ['HttpClient', 'HttpEnrichProcessor in a step', 'HttpItemWriter in a step', 'fetch without keep-alive']
/** How long the service takes, in seconds. */
const SERVICE_TIME = 0.005

/** Part (k): calls of a service, beside undici by hand and `fetch` without keep-alive. */
export async function calls(rounds: number): Promise<void> {
  const service = await startService()
  try {
    for (const [count, concurrency] of [
      ['1000', '1'],
      ['10000', '24'],
      ['10000', '128'],
    ] as const) {
      await callsAtOnce(service, { rounds, count, concurrency })
    }
  } finally {
    await service.stop()
  }
}

interface Case {
  readonly rounds: number
  readonly count: string
  readonly concurrency: string
}

async function callsAtOnce(service: Service, { rounds, count, concurrency }: Case): Promise<void> {
  const names = [BOUND, HAND, ...WAYS].map((way) => `${way} / ${concurrency}`)
  const measured = new Map<string, Measure[]>(names.map((name) => [name, []]))
  const late: Lateness[] = []
  const run = async (name: string): Promise<Measure> => {
    const args = [name.split(' / ')[0] ?? '', count, concurrency]
    const one = await measure('http/main.ts', args, { BENCH_URL: service.url })
    measured.get(name)?.push(one)
    const lateness = await service.lateness()
    if (lateness.count > 0) late.push(lateness)
    return one
  }
  const rows = await interleaved(names, () => `${HAND} / ${concurrency}`, run, rounds)
  printTable(`(k) calls of 5 ms, ${concurrency} at once`, 'to undici by hand', rows)
  printToIdeal(measured, Number(concurrency))
  const [middle, most] = [late.map((one) => one.median), late.map((one) => one.p90)]
  console.log(
    `\nThe service was late by ${median(middle).toFixed(3)} ms, the 90th percentile ${median(most).toFixed(3)} ms.`,
  )
}

/** Each case beside the shortest time there could be: the service's, or that of sending so many with one core. */
function printToIdeal(measured: ReadonlyMap<string, readonly Measure[]>, concurrency: number): void {
  const bounds = measured.get(`${BOUND} / ${concurrency}`) ?? []
  console.log('\n| case | to the ideal: median (least–greatest) | CPU a call, µs |\n| --- | ---: | ---: |')
  for (const [name, rounds] of measured) {
    const shares = rounds.map(({ items, seconds }, round) => {
      const bound = bounds[round]?.seconds ?? NaN
      return Math.max((items * SERVICE_TIME) / concurrency, bound) / seconds
    })
    const [middle, least, most] = [median(shares), Math.min(...shares), Math.max(...shares)].map((one) =>
      one.toFixed(2),
    )
    const cpu = median(rounds.map(({ cpuPerItem }) => cpuPerItem ?? NaN)).toFixed(0)
    console.log(`| ${name} | ${middle} (${least}–${most}) | ${cpu} |`)
  }
}
