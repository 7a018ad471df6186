import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from '../scripts/private-postgres.mjs'
import { makeFile } from './file/make-file.js'
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
  await onServer(rows, async (url, pool) => {
    for (const chunk of ['1000', '400']) {
      const loop = `hand-written loop / ${chunk} / 1`
      const names = [loop, `hand-written loop, raw text / ${chunk} / 1`]
      for (const concurrency of [1, 4, 8, 24]) names.push(`chunkwise, batch writer / ${chunk} / ${concurrency}`)
      names.push(`chunkwise, COPY writer / ${chunk} / 1`)
      const pipe = 'COPY pipe'
      if (spawnSync('psql', ['--version']).status === 0) names.push(pipe)
      const result = await interleaved(
        names,
        () => loop,
        (name) => copy(url, pool, name),
        rounds,
      )
      const title = `(b) PostgreSQL table to table, chunk ${chunk} (case / chunk / concurrency)`
      printTable(title, 'to the loop', result)
      const limit = result.find((row) => row.name === pipe)
      if (limit === undefined) continue
      const toPipe = result.map((row) => `${row.name}: ${(row.ratio[0] / limit.ratio[0]).toFixed(2)}`)
      console.log(`\nIn terms of the COPY pipe: ${toPipe.join('; ')}.`)
    }
  })
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

/** Runs `work` on a private server with a source table of `count` rows. */
async function onServer(count: number, work: (url: string, pool: pg.Pool) => Promise<void>): Promise<void> {
  const server = await startPostgres()
  const pool = new pg.Pool({ connectionString: server.url, max: 2 })
  // The server's end is also the end of what idles here.
  pool.on('error', () => undefined)
  try {
    await makeTables(pool, count)
    await work(server.url, pool)
  } finally {
    await pool.end()
    await server.stop()
  }
}

/** Measures one way to copy, named `case / chunk / concurrency`, into an empty target. */
async function copy(url: string, pool: pg.Pool, name: string, check = checkTarget): ReturnType<typeof measure> {
  await makeTarget(pool)
  const [copier = '', chunk = '', concurrency = ''] = name.split(' / ')
  const measured = await measure('postgres/main.ts', [copier, chunk, concurrency], { BENCH_URL: url })
  await check(pool)
  return measured
}

async function anyOrder(): Promise<void> {
  for (const [chunk, count] of [
    ['20', rows / 10],
    ['400', rows],
  ] as const) {
    await onServer(count, async (url, pool) => {
      const loop = `hand-written loop, concurrent / ${chunk} / 8`
      const names = [loop, `chunkwise, batch writer / ${chunk} / 8`, `chunkwise, any order / ${chunk} / 8`]
      if (chunk === '400')
        names.push('chunkwise, any order / 400 / 24', 'chunkwise, any order, COPY writer / 400 / 8', 'COPY pipe')
      const result = await interleaved(
        names,
        () => loop,
        (name) => copy(url, pool, name),
        rounds,
      )
      printTable(`(d) any order, chunk ${chunk}, ${count.toLocaleString('en')} rows`, 'to the unledgered loop', result)
    })
  }
}

async function badRows(): Promise<void> {
  await onServer(rows / 10, async (url, pool) => {
    const constrained = (modulo: number) => async (): Promise<void> => {
      await pool.query(`ALTER TABLE target ADD CHECK (id % 1000 <> ${modulo})`)
    }
    // One row in 1000 has an id that the first constraint refuses; none has what the second one refuses.
    const cases: Readonly<Record<string, () => Promise<void>>> = {
      'without bad rows': constrained(1000),
      'one bad row in 1000': constrained(7),
    }
    const run = async (name: string): ReturnType<typeof measure> => {
      await makeTarget(pool)
      await cases[name]?.()
      return measure('postgres/main.ts', ['chunkwise, skipping', '400', '1'], { BENCH_URL: url })
    }
    const result = await interleaved(Object.keys(cases), () => 'without bad rows', run, rounds)
    printTable(`(e) skipping, chunk 400, ${(rows / 10).toLocaleString('en')} rows`, 'to the run without', result)
  })
}

async function restart(): Promise<void> {
  await onServer(rows, async (url, pool) => {
    console.log(
      '\n### (f) from the restart to the first new chunk, milliseconds\n\n| rows done | median (least–greatest) |\n| ---: | ---: |',
    )
    for (const share of ['0.01', '0.5', '0.99']) {
      const times: number[] = []
      for (let round = 0; round < rounds; round++) {
        await makeTarget(pool)
        times.push((await measure('postgres/restart.ts', [share], { BENCH_URL: url })).seconds * 1000)
      }
      const cells = [median(times), Math.min(...times), Math.max(...times)].map((time) => time.toFixed(0))
      console.log(`| ${Number(share) * 100} % | ${cells[0]} (${cells[1]}–${cells[2]}) |`)
    }
  })
}

async function smallJobs(): Promise<void> {
  await onServer(1, async (url) => {
    const ratios: number[] = []
    const counts: number[] = []
    for (let round = 0; round < rounds; round++) {
      const { commits = NaN, commitsPerJob = NaN } = await measure('postgres/jobs.ts', [], { BENCH_URL: url })
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

const parts: Readonly<Record<string, () => Promise<void>>> = {
  a: inMemory,
  b: tableToTable,
  c: memory,
  d: anyOrder,
  e: badRows,
  f: restart,
  g: smallJobs,
  h: flatFile,
}
const wanted = process.argv.slice(2)
for (const [name, part] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await part()
