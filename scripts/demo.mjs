// npm run demo: the job of examples/users-to-candidates on 200,000 rows, killed half way and restarted.
// With DATABASE_URL on that database, in the schema chunkwise_demo, which is made anew; else on a private PostgreSQL.
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from './setup.mjs'

ensureInstalled()
const { build } = await import('./build.mjs')
const { register } = await import('tsx/esm/api')
const { startPostgres } = await import('./private-postgres.mjs')

const interrupt = new AbortController()
// The job's process gets the terminal's Ctrl-C as well; the second one ends us the hard way.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupt.abort(new Interrupted()))

class Interrupted extends Error {}

try {
  process.exitCode = (await build()) ? await demo() : 1
} catch (error) {
  if (!(error instanceof Interrupted)) throw error
  console.log('\nStopped.')
  process.exitCode = 130
}

async function demo() {
  interrupt.signal.throwIfAborted()
  // The examples see the built package, as a host does.
  register({ tsconfig: fileURLToPath(new URL('../examples/tsconfig.json', import.meta.url)) })
  const { demo: run } = await import('../examples/users-to-candidates/demo/demo.ts')
  const given = process.env.DATABASE_URL
  if (given) return (await run({ databaseUrl: given, signal: interrupt.signal })) ? 0 : 1
  console.log('starting a private PostgreSQL server')
  const server = await startPostgres()
  try {
    return (await run({ databaseUrl: server.url, signal: interrupt.signal })) ? 0 : 1
  } finally {
    await server.stop()
  }
}
