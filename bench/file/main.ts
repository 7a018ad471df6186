import { createReadStream } from 'node:fs'
import { chunkStep } from 'chunkwise'
import { FlatFileItemReader } from 'chunkwise/file'
import { parse } from 'csv-parse'
import papaparse from 'papaparse'
import { runAlone } from '../run-alone.js'

const CHUNK = 1000

type Case = (path: string) => Promise<number>

const chunkwise = async (reader: () => FlatFileItemReader<never>): Promise<number> => {
  const execution = await runAlone(chunkStep('bench', { chunkSize: CHUNK, reader, writer: () => {} }))
  return execution.counts.write
}

/** Cuts the file at its line breaks, and nothing else. */
const splitLines: Case = async (path) => {
  let count = 0
  let rest = ''
  for await (const part of createReadStream(path, { encoding: 'utf8', highWaterMark: 256 * 1024 })) {
    const lines = (rest + String(part)).split('\n')
    rest = lines.pop() ?? ''
    count += lines.length
  }
  return count - 1
}

const cases: Readonly<Record<string, Case>> = {
  chunkwise: (resource) => chunkwise(() => new FlatFileItemReader({ resource, header: true }) as never),
  'chunkwise, typed': (resource) =>
    chunkwise(
      () =>
        new FlatFileItemReader({
          resource,
          header: true,
          columns: {
            ...{ id: 'long', user_name: 'string', email: 'string', born: 'date', amount: 'decimal' },
            ...{ country: 'string', city: 'string', active: 'boolean', score: 'long', note: 'string' },
          },
        }) as never,
    ),
  'csv-parse, objects': async (path) => {
    let count = 0
    const parser = createReadStream(path).pipe(parse({ columns: true }))
    for await (const _record of parser) count++
    return count
  },
  'PapaParse, objects': (path) =>
    new Promise((resolve, reject) => {
      let count = 0
      papaparse.parse(createReadStream(path), {
        header: true,
        skipEmptyLines: true,
        chunk: ({ data }) => (count += data.length),
        complete: () => resolve(count),
        error: reject,
      })
    }),
  'line splitter': splitLines,
}

// Runs one case in this process and prints what it took: node main.js <case> <path> <records>
const [name = '', path = '', records = ''] = process.argv.slice(2)
const run = cases[name]
if (run === undefined) throw new Error(`no case ${name}: ${Object.keys(cases).join('; ')}`)
const started = performance.now()
const items = await run(path)
const seconds = (performance.now() - started) / 1000
if (items !== Number(records)) throw new Error(`${name} read ${items} of ${records} records`)
console.log(JSON.stringify({ seconds, items, peakRss: process.resourceUsage().maxRSS * 1024 }))
