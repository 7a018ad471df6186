import { interleaved, measure, median, printTable } from '../measure.js'
import { startService } from './service.js'

/** Part (k): calls of a service, beside undici by hand and `fetch` without keep-alive. */
export async function calls(rounds: number): Promise<void> {
  const service = await startService()
  const ways = ['HttpClient', 'HttpEnrichProcessor in a step', 'HttpItemWriter in a step', 'fetch without keep-alive']
  try {
    for (const [count, concurrency] of [
      ['400', '1'],
      ['10000', '24'],
      ['10000', '128'],
    ] as const) {
      const hand = `undici, by hand / ${concurrency}`
      const names = [hand, ...ways.map((way) => `${way} / ${concurrency}`)]
      const cpu = new Map<string, number[]>(names.map((name) => [name, []]))
      const run = async (name: string): ReturnType<typeof measure> => {
        const args = [name.split(' / ')[0] ?? '', count, concurrency]
        const measured = await measure('http/main.ts', args, { BENCH_URL: service.url })
        cpu.get(name)?.push(measured.cpuPerItem ?? NaN)
        return measured
      }
      const rows = await interleaved(names, () => hand, run, rounds)
      printTable(`(k) calls of 5 ms, ${concurrency} at once`, 'to undici by hand', rows)
      const most = Number(concurrency) / 0.005
      const shares = rows.map(({ name, rate }) => `${name}: ${(rate / most).toFixed(2)}`)
      const costs = [...cpu].map(([name, each]) => `${name}: ${median(each).toFixed(0)}`)
      console.log(`\nMicroseconds of CPU a call, median: ${costs.join('; ')}.`)
      console.log(`\nOf calls x 5 ms / concurrency, ${most} calls/s: ${shares.join('; ')}.`)
    }
  } finally {
    await service.stop()
  }
}
