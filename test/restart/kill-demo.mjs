// npm run test:kill [kills] [seed]: kills the process of the demo's job at random moments, twenty times unless told
// otherwise, restarts it each time, and checks that no candidate is lost or doubled. With DATABASE_URL on that database.
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from '../../scripts/setup.mjs'

ensureInstalled()
const { build } = await import('../../scripts/build.mjs')
const { register } = await import('tsx/esm/api')
const { startPostgres } = await import('../../scripts/private-postgres.mjs')

const [kills = '20', seed] = process.argv.slice(2)
process.exitCode = (await build()) ? await killed() : 1

async function killed() {
  register({ tsconfig: fileURLToPath(new URL('../../examples/tsconfig.json', import.meta.url)) })
  const { killDemo } = await import('./kill-demo.ts')
  const { Random } = await import('./random.ts')
  const random = new Random(seed === undefined ? undefined : Number(seed))
  console.log(`seed ${random.seed}`)
  const given = process.env.DATABASE_URL
  const server = given ? undefined : await startPostgres()
  try {
    const result = await killDemo({
      databaseUrl: given || server.url,
      kills: Number(kills),
      users: 200_000,
      ownerGrace: 2_000,
      random,
      print: console.log,
    })
    console.log(`${result.kills} kills, ${result.rounds} rounds to the end, ${result.complaints.length} complaints`)
    for (const complaint of result.complaints) console.error(complaint)
    return result.complaints.length === 0 ? 0 : 1
  } finally {
    await server?.stop()
  }
}
