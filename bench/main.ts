import { spawnSync } from 'node:child_process'
import pg from 'pg'
import { startPostgres } from '../scripts/private-postgres.mjs'
import { interleaved, measure, median, printTable } from './measure.js'
import { checkTarget, makeTables, makeTarget } from './postgres/tables.js'

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

async function tableToTable(): Promise<void> {
  const server = await startPostgres()
  const pool = new pg.Pool({ connectionString: server.url, max: 2 })
  try {
    await makeTables(pool, rows)
    const run = async (name: string): ReturnType<typeof measure> => {
      await makeTarget(pool)
      const [copier = '', chunk = '', concurrency = ''] = name.split(' / ')
      const measured = await measure('postgres/main.ts', [copier, chunk, concurrency], { BENCH_URL: server.url })
      await checkTarget(pool)
      return measured
    }
    for (const chunk of ['1000', '400']) {
      const loop = `hand-written loop / ${chunk} / 1`
      const names = [loop, `hand-written loop, raw text / ${chunk} / 1`]
      for (const concurrency of [1, 4, 8, 24]) names.push(`chunkwise, batch writer / ${chunk} / ${concurrency}`)
      names.push(`chunkwise, COPY writer / ${chunk} / 1`)
      const pipe = 'COPY pipe'
      if (spawnSync('psql', ['--version']).status === 0) names.push(pipe)
      const result = await interleaved(names, () => loop, run, rounds)
      const title = `(b) PostgreSQL table to table, chunk ${chunk} (case / chunk / concurrency)`
      printTable(title, 'to the loop', result)
      const limit = result.find((row) => row.name === pipe)
      if (limit === undefined) continue
      const toPipe = result.map((row) => `${row.name}: ${(row.ratio[0] / limit.ratio[0]).toFixed(2)}`)
      console.log(`\nIn terms of the COPY pipe: ${toPipe.join('; ')}.`)
    }
  } finally {
    await pool.end()
    await server.stop()
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

const parts: Readonly<Record<string, () => Promise<void>>> = { a: inMemory, b: tableToTable, c: memory }
const wanted = process.argv.slice(2)
for (const [name, part] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await part()
