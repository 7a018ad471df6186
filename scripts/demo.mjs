// npm run demo: the job of examples/users-to-candidates on 200,000 rows, killed half way and restarted.
// With DATABASE_URL (postgres://, mysql://) on that database, in a schema or database of its own, which is made anew; else on a
// private PostgreSQL, with --mysql on a private MariaDB.
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from './setup.mjs'

ensureInstalled()
const { build } = await import('./build.mjs')
const { register } = await import('tsx/esm/api')

const onMysql = process.argv.includes('--mysql')

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
  if (given && onMysql && !given.startsWith('mysql://')) {
    console.error('--mysql: DATABASE_URL is no mysql:// URL. Without DATABASE_URL the demo starts a private MariaDB.')
    return 1
  }
  if (given) return (await run({ databaseUrl: given, signal: interrupt.signal })) ? 0 : 1
  const server = await privateServer()
  try {
    return (await run({ databaseUrl: server.url, signal: interrupt.signal })) ? 0 : 1
  } finally {
    await server.stop()
  }
}

async function privateServer() {
  console.log(`starting a private ${onMysql ? 'MariaDB' : 'PostgreSQL'} server`)
  if (onMysql) return (await import('./private-mariadb.mjs')).startMariadb()
  return (await import('./private-postgres.mjs')).startPostgres()
}
