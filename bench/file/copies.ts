import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Extent } from '../copies.js'
import { type BenchServer, POSTGRES } from '../databases.js'
import { interleaved, type Measure, measure, printTable } from '../measure.js'
import { exportSource } from './export-source.js'

const CHUNKS = ['1000', '400']

/** (i): a delimited file is copied into a table. */
export async function fileToTable({ rounds, rows }: Extent): Promise<void> {
  await withFile(rows, async (server, path) => {
    await exportSource(server.url, path)
    const run = async (name: string, chunk: string): Promise<Measure> => {
      await server.makeTarget()
      const measured = await copy(server, path, name, chunk)
      await server.checkTarget()
      return measured
    }
    for (const chunk of CHUNKS) {
      const cases = [
        'hand-written loop, text',
        'file to table, text',
        'hand-written loop, typed',
        'file to table, typed',
      ]
      const result = await interleaved(
        [...cases, 'file to table, typed, COPY writer'],
        (name) => (name.includes('text') ? 'hand-written loop, text' : 'hand-written loop, typed'),
        (name) => run(name, chunk),
        rounds,
      )
      printTable(`(i) file to PostgreSQL, ${rows.toLocaleString('en')} rows, chunk ${chunk}`, 'to its loop', result)
    }
  })
}

/** (j): a table is copied into a delimited file. */
export async function tableToFile({ rounds, rows }: Extent): Promise<void> {
  await withFile(rows, async (server, path) => {
    await exportSource(server.url, path)
    const wanted = await hashOf(path)
    const run = async (name: string, chunk: string): Promise<Measure> => {
      rmSync(path)
      const measured = await copy(server, path, name, chunk)
      if ((await hashOf(path)) !== wanted) throw new Error(`${name} has written another file`)
      return measured
    }
    for (const chunk of CHUNKS) {
      const result = await interleaved(
        ['table to file by hand', 'table to file', 'table to file, atomic', 'table to file, forced to disk'],
        () => 'table to file by hand',
        (name) => run(name, chunk),
        rounds,
      )
      printTable(`(j) PostgreSQL to file, ${rows.toLocaleString('en')} rows, chunk ${chunk}`, 'to the loop', result)
    }
  })
}

/** Runs `work` on a server with a source table of `rows` rows, and gives it the path of a file. */
async function withFile(rows: number, work: (server: BenchServer, path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chunkwise-bench-'))
  try {
    await POSTGRES.onServer(rows, (server) => work(server, join(folder, 'rows.csv')))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function copy({ url }: BenchServer, path: string, name: string, chunk: string): Promise<Measure> {
  return measure('file/copy.ts', [name, chunk], { BENCH_URL: url, BENCH_PATH: path })
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path)) hash.update(part as Buffer)
  return hash.digest('hex')
}
