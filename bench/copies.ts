import type { BenchDatabase, BenchServer } from './databases.js'
import { interleaved, type Measure, measure, printTable } from './measure.js'

/** How much is measured. */
export interface Extent {
  readonly rounds: number
  readonly rows: number
}

/** (b): a table is copied by jobs, by hand-written loops, and by what the server itself has for it. */
export async function tableToTable(database: BenchDatabase, { rounds, rows }: Extent): Promise<void> {
  await database.onServer(rows, async (server) => {
    for (const chunk of ['1000', '400']) {
      const loop = `hand-written loop / ${chunk} / 1`
      const names = [loop]
      if (database.rawLoop !== undefined) names.push(`${database.rawLoop} / ${chunk} / 1`)
      for (const concurrency of [1, 4, 8, 24]) names.push(`chunkwise, batch writer / ${chunk} / ${concurrency}`)
      names.push(`chunkwise, ${database.append} / ${chunk} / 1`)
      const { limit } = database
      if (limit !== undefined) names.push(limit)
      const result = await interleaved(
        names,
        () => loop,
        (name) => copy(database, server, name),
        rounds,
      )
      printTable(
        `(b) ${database.name} table to table, chunk ${chunk} (case / chunk / concurrency)`,
        'to the loop',
        result,
      )
      const most = result.find((row) => row.name === limit)
      if (most === undefined) continue
      const toLimit = result.map((row) => `${row.name}: ${(row.ratio[0] / most.ratio[0]).toFixed(2)}`)
      console.log(`\nIn terms of ${limit}: ${toLimit.join('; ')}.`)
    }
  })
}

/** (d): commits in any order, against read order and a loop without a ledger. */
export async function anyOrder(database: BenchDatabase, { rounds, rows }: Extent): Promise<void> {
  for (const [chunk, count] of [
    ['20', rows / 10],
    ['400', rows],
  ] as const) {
    await database.onServer(count, async (server) => {
      const loop = `hand-written loop, concurrent / ${chunk} / 8`
      const names = [loop, `chunkwise, batch writer / ${chunk} / 8`, `chunkwise, any order / ${chunk} / 8`]
      if (chunk === '400') {
        names.push('chunkwise, any order / 400 / 24', `chunkwise, any order, ${database.append} / 400 / 8`)
        if (database.limit !== undefined) names.push(database.limit)
      }
      const result = await interleaved(
        names,
        () => loop,
        (name) => copy(database, server, name),
        rounds,
      )
      const title = `(d) ${database.name}, any order, chunk ${chunk}, ${count.toLocaleString('en')} rows`
      printTable(title, 'to the unledgered loop', result)
    })
  }
}

/** (e): one bad row in 1000 is skipped, against a run without bad rows. */
export async function badRows(database: BenchDatabase, { rounds, rows }: Extent): Promise<void> {
  await database.onServer(rows / 10, async (server) => {
    // One row in 1000 has an id that the second constraint refuses; none has what the first one refuses.
    const cases: Readonly<Record<string, number>> = { 'without bad rows': 1000, 'one bad row in 1000': 7 }
    const run = async (name: string): Promise<Measure> => {
      await server.makeTarget()
      await server.refuse(cases[name] ?? NaN)
      return measureCase(database, server, ['chunkwise, skipping', '400', '1'])
    }
    const result = await interleaved(Object.keys(cases), () => 'without bad rows', run, rounds)
    const title = `(e) ${database.name}, skipping, chunk 400, ${(rows / 10).toLocaleString('en')} rows`
    printTable(title, 'to the run without', result)
  })
}

/** Measures one way to copy, named `case / chunk / concurrency`, into an empty target. */
async function copy(database: BenchDatabase, server: BenchServer, name: string): Promise<Measure> {
  await server.makeTarget()
  const [copier = '', chunk = '', concurrency = ''] = name.split(' / ')
  const measured = await measureCase(database, server, [copier, chunk, concurrency])
  await server.checkTarget()
  return measured
}

function measureCase(database: BenchDatabase, { url }: BenchServer, args: readonly string[]): Promise<Measure> {
  return measure(database.file, args, { ...database.environment, BENCH_URL: url })
}
