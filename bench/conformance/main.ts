import pg from 'pg'
import { startPostgres } from '../../scripts/private-postgres.mjs'
import { inWords } from './behaviour.js'
import { behaviours } from './behaviours.js'
import { observe, type Side } from './observe.js'
import { chunkwise, nestBatch } from './sides.js'

const wanted = process.argv.slice(2)
const chosen = behaviours.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
if (chosen.length === 0) throw new Error(`no behaviour has one of these words in its name: ${wanted.join(', ')}`)

let databases = 0
process.stderr.write('installing @nest-batch/core\n')
const other = await nestBatch()
const server = await startPostgres({ durable: false })
try {
  const sides: readonly Side[] = [chunkwise, other]
  const lines = [`| behaviour | ${sides.map(({ name }) => name).join(' | ')} |`, '| --- | --- | --- |']
  for (const behaviour of chosen) {
    const cells: string[] = []
    for (const side of sides) {
      process.stderr.write(`${behaviour.name}: ${side.name}\n`)
      cells.push(await observe(behaviour, side, freshDatabase).then(inWords, broken))
    }
    lines.push(`| ${behaviour.name} | ${cells.join(' | ')} |`)
  }
  console.log(lines.join('\n'))
} finally {
  await server.stop()
  other.remove()
}

/** What could not be driven is no finding: the table says so, and the exit code. */
function broken(error: unknown): string {
  process.exitCode = 1
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  return 'not driven'
}

async function freshDatabase(): Promise<{ readonly url: string }> {
  const name = `conformance_${++databases}`
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  const url = new URL(server.url)
  url.pathname = `/${name}`
  return { url: url.href }
}
