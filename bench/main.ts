import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anyOrder, badRows, tableToTable } from './copies.js'
import { type BenchDatabase, MYSQL, POSTGRES } from './databases.js'
import { fileToTable, tableToFile } from './file/copies.js'
import { makeFile } from './file/make-file.js'
import { calls } from './http/calls.js'
import { interleaved, measure, median, printTable } from './measure.js'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5)
const rows = Number(process.env['BENCH_ROWS'] ?? 1_000_000)

async function inMemory(): Promise<void> {
  for (const kind of ['sync', 'async']) {
    const names = ['chunkwise', 'hand-written loop', 'stream pipeline'].map((name) => `${name}, ${kind}`)
    const items = kind === 'sync' ? '5000000' : '2000000'
    const run = (name: string): ReturnType<typeof measure> => measure('in-memory/main.ts', [name, items])
    const loop = `hand-written loop, ${kind}`
    printTable(`(a) in memory, ${kind} components`, 'to the loop', await interleaved(names, () => loop, run, rounds))
  }
}

async function memory(): Promise<void> {
  console.log('\n### (c) peak memory of the whole process, MB, median of the rounds\n')
  console.log('| items | chunkwise | hand-written loop | ratio |\n| ---: | ---: | ---: | ---: |')
  for (const items of [1_000_000, 3_000_000, 10_000_000]) {
    const peaks = { chunkwise: [] as number[], 'hand-written loop': [] as number[] }
    for (let round = 0; round < rounds; round++) {
      for (const [name, list] of Object.entries(peaks)) {
        const { peakRss = NaN } = await measure('in-memory/main.ts', [`${name}, sync`, String(items)])
        list.push(peakRss / 1e6)
      }
    }
    const ours = median(peaks.chunkwise)
    const loop = median(peaks['hand-written loop'])
    const cells = [items.toLocaleString('en'), ours.toFixed(0), loop.toFixed(0), (ours / loop).toFixed(2)]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

async function restart(): Promise<void> {
  await POSTGRES.onServer(rows, async (server) => {
    console.log(
      '\n### (f) from the restart to the first new chunk, milliseconds\n\n| rows done | median (least–greatest) |\n| ---: | ---: |',
    )
    for (const share of ['0.01', '0.5', '0.99']) {
      const times: number[] = []
      for (let round = 0; round < rounds; round++) {
        await server.makeTarget()
        times.push((await measure('postgres/restart.ts', [share], { BENCH_URL: server.url })).seconds * 1000)
      }
      const cells = [median(times), Math.min(...times), Math.max(...times)].map((time) => time.toFixed(0))
      console.log(`| ${Number(share) * 100} % | ${cells[0]} (${cells[1]}–${cells[2]}) |`)
    }
  })
}

async function smallJobs(): Promise<void> {
  await POSTGRES.onServer(1, async (server) => {
    const ratios: number[] = []
    const counts: number[] = []
    for (let round = 0; round < rounds; round++) {
      const { commits = NaN, commitsPerJob = NaN } = await measure('postgres/jobs.ts', [], { BENCH_URL: server.url })
      ratios.push(commits)
      counts.push(commitsPerJob)
    }
    console.log(`\n### (g) 300 jobs of one trivial step, one after another\n`)
    const [middle, least, greatest] = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((r) =>
      r.toFixed(1),
    )
    console.log(`A job makes ${median(counts).toFixed(1)} commits, the heartbeat's included.`)
    console.log(`It takes as long as ${middle} durable commits of one row (${least}–${greatest}).`)
  })
}

async function flatFile(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chunkwise-bench-'))
  try {
    const path = join(folder, 'users.csv')
    const megabytes = Number(process.env['BENCH_FILE_MB'] ?? 200)
    const records = makeFile(path, megabytes)
    const others = ['PapaParse, objects', 'line splitter']
    const names = ['csv-parse, objects', 'chunkwise', 'chunkwise, typed', ...others]
    const result = await interleaved(
      names,
      () => 'csv-parse, objects',
      (name) => measure('file/main.ts', [name, path, String(records)]),
      rounds,
    )
    const title = `(h) a delimited file of ${megabytes} MB, ${records.toLocaleString('en')} records of 10 fields`
    printTable(title, 'to csv-parse', result)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const on =
  (part: typeof tableToTable, database: BenchDatabase): (() => Promise<void>) =>
  () =>
    part(database, { rounds, rows })

const parts: Readonly<Record<string, () => Promise<void>>> = {
  a: inMemory,
  b: on(tableToTable, POSTGRES),
  'b-mysql': on(tableToTable, MYSQL),
  c: memory,
  d: on(anyOrder, POSTGRES),
  'd-mysql': on(anyOrder, MYSQL),
  e: on(badRows, POSTGRES),
  'e-mysql': on(badRows, MYSQL),
  f: restart,
  g: smallJobs,
  h: flatFile,
  i: () => fileToTable({ rounds, rows }),
  j: () => tableToFile({ rounds, rows }),
  k: () => calls(rounds),
}
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => parts[name] === undefined)
if (unknown.length > 0) throw new Error(`no part ${unknown.join(', ')}: there are ${Object.keys(parts).join(', ')}`)
for (const [name, part] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await part()
