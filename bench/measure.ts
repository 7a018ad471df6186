import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a measured process prints as its last line. */
export interface Measure {
  readonly seconds: number
  readonly items: number
  readonly peakRss?: number
  /** Microseconds of CPU. */
  readonly cpuPerItem?: number
  /** The time in units of one durable commit. */
  readonly commits?: number
  readonly commitsPerJob?: number
}

/** Runs a bench file in a process of its own, so that no case warms up or slows down another. */
export async function measure(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Measure> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const tsx = fileURLToPath(new URL('../node_modules/tsx/dist/cli.mjs', import.meta.url))
  const tsconfig = fileURLToPath(new URL('tsconfig.json', import.meta.url))
  const child = spawn(process.execPath, [tsx, '--tsconfig', tsconfig, path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  let output = ''
  for await (const part of child.stdout) output += String(part)
  const last = output.trim().split('\n').at(-1) ?? ''
  if (!last.startsWith('{')) throw new Error(`${file} ${args.join(' ')} printed no measure: ${output}`)
  return JSON.parse(last) as Measure
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const high = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2
}

/** One row of a printed table. */
export interface Row {
  readonly name: string
  /** Items a second, the median of the rounds. */
  readonly rate: number
  /** The rate divided by that of the baseline, round by round; the median, the least and the greatest. */
  readonly ratio: readonly [median: number, least: number, greatest: number]
}

/**
 * Measures the cases in turn, round after round, so that a machine that slows down slows all of them, and compares each
 * with the baseline of its own round.
 */
export async function interleaved(
  names: readonly string[],
  baselineOf: (name: string) => string,
  run: (name: string) => Promise<Measure>,
  rounds = 5,
): Promise<Row[]> {
  const rates = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const { items, seconds } = await run(name)
      rates.get(name)?.push(items / seconds)
      process.stderr.write(`round ${round + 1}: ${name}: ${Math.round(items / seconds).toLocaleString('en')}/s\n`)
    }
  }
  return names.map((name) => {
    const own = rates.get(name) ?? []
    const base = rates.get(baselineOf(name)) ?? []
    const ratios = own.map((rate, round) => rate / (base[round] ?? NaN))
    return { name, rate: median(own), ratio: [median(ratios), Math.min(...ratios), Math.max(...ratios)] }
  })
}

/** Prints rows as a Markdown table. */
export function printTable(title: string, baseline: string, rows: readonly Row[]): void {
  console.log(`\n### ${title}\n`)
  console.log(`| case | items/s, median | ${baseline}: median (least–greatest) |\n| --- | ---: | ---: |`)
  for (const { name, rate, ratio } of rows) {
    const [middle, least, greatest] = ratio.map((value) => value.toFixed(2))
    console.log(`| ${name} | ${Math.round(rate).toLocaleString('en')} | ${middle} (${least}–${greatest}) |`)
  }
}
